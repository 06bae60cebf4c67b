/* opensspi accept: the credential, and a thread for each client. */
#include "accept_settings.h"
#include "connection.h"
#include "status_name.h"
#include "text.h"
#include "verb.h"

#include <errno.h>
#include <opensspi.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	CONNECTION_MAX = 64,           /* at a time; the next ones wait in the kernel's queue */
	PAUSE_NANOSECONDS = 100000000, /* when the system has no descriptor left */
};

/* Threads that serve a client, and how many of them there are. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned count;
} serving = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

struct client {
	const struct acceptor *acceptor;
	int socket;
	char peer[NETWORK_ADDRESS_SIZE];
};

/* --- The credential ---------------------------------------------------------------------------------------- */

static bool make_certificate(const struct accept_settings *settings, PCCERT_CONTEXT *certificate)
{
	OPENSSPI_KEY_TYPE key_type = settings->p256 ? OpensspiKeyP256 : OpensspiKeyRsa2048;
	const char *key = settings->key ? settings->key : settings->certificate;
	char host[256] = "";
	SECURITY_STATUS status;

	(void)gethostname(host, sizeof(host) - 1);
	if (settings->certificate)
		status = OpensspiCertificateFromPem(settings->certificate, key, certificate);
	else
		status = OpensspiCertificateSelfSigned(host[0] ? host : "localhost", key_type, certificate);
	if (status == SEC_E_OK)
		return true;
	if (settings->certificate)
		complain("the certificate %s and the key %s cannot be used (%s): are both readable PEM "
			 "files, and is "
			 "the key the certificate's?",
			 settings->certificate, key, status_name(status));
	else
		complain("no certificate could be made: %s", status_name(status));
	return false;
}

static void free_certificate(PCCERT_CONTEXT *certificate)
{
	if (*certificate)
		(void)CertFreeCertificateContext(*certificate);
}

/* Who has a ticket needs no account. */
static bool has_accounts(const struct accept_settings *settings)
{
	return strcasecmp(settings->package, MICROSOFT_KERBEROS_NAME_A) != 0;
}

static bool acquire(const struct accept_settings *settings, struct acceptor *acceptor)
{
	CLEANUP(free_certificate) PCCERT_CONTEXT certificate = NULL;
	OPENSSPI_OPTIONS options = {
		.Magic = OPENSSPI_OPTIONS_MAGIC,
		.Size = sizeof(options),
		.Flags = settings->ntlm_mic_announced ? OPENSSPI_NTLM_MIC_ANNOUNCED : 0,
		.Policy = settings->policy,
		.AccountFile = has_accounts(settings) ? settings->accounts : NULL,
		.Keytab = settings->keytab,
	};
	SECURITY_STATUS status;

	if (acceptor->package.stream && !make_certificate(settings, &certificate))
		return false;
	options.Certificate = certificate;
	status =
		AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)settings->package, SECPKG_CRED_INBOUND,
					  NULL, &options, NULL, NULL, &acceptor->credential, NULL);
	if (status != SEC_E_OK)
		complain("the package %s takes no credential of these settings: %s", settings->package,
			 status_name(status));
	return status == SEC_E_OK;
}

static void ignore_account(void *argument, const char *domain, const char *user, const char *unusable)
{
	(void)argument;
	(void)domain;
	(void)user;
	(void)unusable;
}

/* It is read again for each logon, so this is advice, no refusal. */
static void warn_of_accounts(const char *path)
{
	const char *reason = NULL;

	if (OpensspiAccountList(path, ignore_account, NULL, &reason) == SEC_E_OK)
		return;
	complain("nobody can log on yet: %s: %s", path, reason ? reason : "the account file cannot be read");
	complain("`opensspi account add --file %s USER` makes an account", path);
}

/* --- Clients ----------------------------------------------------------------------------------------------- */

static void wait_until_fewer(unsigned count)
{
	(void)pthread_mutex_lock(&serving.lock);
	while (serving.count >= count)
		(void)pthread_cond_wait(&serving.changed, &serving.lock);
	(void)pthread_mutex_unlock(&serving.lock);
}

static void count_serving(int change)
{
	(void)pthread_mutex_lock(&serving.lock);
	serving.count += (unsigned)change;
	(void)pthread_cond_broadcast(&serving.changed);
	(void)pthread_mutex_unlock(&serving.lock);
}

static void *serve(void *argument)
{
	struct client *client = argument;

	connection_serve(client->acceptor, client->socket, client->peer);
	free(client);
	count_serving(-1);
	return NULL;
}

/* A thread of its own for the client. Where none can be had this one serves it, and the next ones wait. */
static void start_client(const struct client *accepted)
{
	struct client *client = calloc(1, sizeof(*client));
	pthread_t thread;

	if (client) {
		*client = *accepted;
		count_serving(1);
		if (pthread_create(&thread, NULL, serve, client) == 0) {
			(void)pthread_detach(thread);
			return;
		}
		count_serving(-1);
		free(client);
	}
	connection_serve(accepted->acceptor, accepted->socket, accepted->peer);
}

/* accept(2): most of its errors belong to the connection that it would have given, or pass. */
static bool is_lasting(int error)
{
	return error == EBADF || error == EINVAL || error == ENOTSOCK || error == EFAULT;
}

static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static enum exit_status take_connections(const struct acceptor *acceptor, int listener, unsigned long count)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NANOSECONDS };
	bool said = false;

	for (unsigned long taken = 0; count == 0 || taken < count;) {
		struct client client = { .acceptor = acceptor };

		wait_until_fewer(CONNECTION_MAX);
		client.socket = network_accept(listener, client.peer);
		if (client.socket >= 0) {
			start_client(&client);
			taken++;
			said = false;
			continue;
		}
		if (is_lasting(errno) || (is_shortage(errno) && !said))
			complain("no connection can be taken: %s", strerrordesc_np(errno));
		if (is_lasting(errno))
			return EXIT_TROUBLE;
		if (is_shortage(errno)) {
			said = true;
			(void)nanosleep(&pause, NULL);
		}
	}
	return EXIT_DONE;
}

static void say_where(const char *address, bool json)
{
	CLEANUP(writer_wipe) struct byte_writer line = writer_growing();

	if (json) {
		json_open(&line, '{');
		json_member(&line, "listening", address);
		json_close(&line, '}');
	} else {
		text_say(&line, "listening on ");
		text_say(&line, address);
	}
	print_line(&line);
}

enum exit_status accept_verb(int count, char **words)
{
	struct accept_settings settings;
	struct acceptor acceptor = { 0 };
	char address[NETWORK_ADDRESS_SIZE];
	enum exit_status ended;
	int listener;

	if (!accept_settings_read(count, words, &settings, &ended))
		return ended;
	acceptor.rdp = settings.rdp;
	acceptor.relay = settings.relay;
	acceptor.json = settings.json;
	if (!package_look_up(settings.package, settings.rdp, &acceptor.package) ||
	    !acquire(&settings, &acceptor))
		return EXIT_USAGE;
	if (has_accounts(&settings) && !settings.keytab)
		warn_of_accounts(settings.accounts);
	(void)signal(SIGPIPE, SIG_IGN);
	listener = network_listen(settings.listen, address);
	if (listener >= 0) {
		say_where(address, settings.json);
		ended = take_connections(&acceptor, listener, settings.count);
		(void)close(listener);
		wait_until_fewer(1);
	}
	(void)FreeCredentialsHandle(&acceptor.credential);
	return listener < 0 ? EXIT_TROUBLE : ended;
}
