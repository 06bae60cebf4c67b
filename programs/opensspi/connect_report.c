#include "connect_report.h"

#include "nt_status.h"
#include "rdp/negotiation.h"
#include "text.h"

static const OPENSSPI_DESCRIPTION nothing_known;

static const OPENSSPI_DESCRIPTION *known_of(const struct connect_report *report)
{
	return report->known ? report->known : &nothing_known;
}

/* Whatever happened afterwards: once the library is done, it is in the server's hands. */
static bool has_delegated(const struct connect_report *report)
{
	const struct initiation *initiation = report->initiation;

	return initiation->has_status && initiation->status == SEC_E_OK &&
	       initiation->reached & ISC_RET_DELEGATE;
}

/* Who logs on by a ticket may have named nobody: then it is whose tickets they are. */
static const char *user_of(const struct connect_report *report)
{
	return report->settings->user ? report->settings->user : known_of(report)->User;
}

static const char *domain_of(const struct connect_report *report)
{
	return report->settings->user ? report->settings->domain : known_of(report)->Domain;
}

/* Only a server's own word is told, and a KDC's about the account. */
static bool has_nt_status(const struct connect_report *report)
{
	static const char *const told[] = { "peer-error-code", "account-disabled",   "account-expired",
					    "account-locked",  "account-restricted", "password-expired" };

	for (size_t i = 0; i < COUNT_OF(told); i++)
		if (strcmp(report->outcome.word, told[i]) == 0)
			return known_of(report)->NtStatus != 0;
	return false;
}

/* --- JSON -------------------------------------------------------------------------------------------------- */

static void write_hexadecimal(struct byte_writer *out, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		writer_u8(out, (uint8_t)digits[bytes[i] >> 4]);
		writer_u8(out, (uint8_t)digits[bytes[i] & 0xF]);
	}
}

static void json_member_of(struct byte_writer *out, const char *name, struct byte_writer *text)
{
	writer_u8(text, 0);
	json_member(out, name, writer_ok(text) ? (const char *)text->data : NULL);
}

static void json_certificate(struct byte_writer *out, const uint8_t *sha256)
{
	CLEANUP(writer_wipe) struct byte_writer text = writer_growing();

	if (!sha256) {
		json_member(out, "certificate_sha256", NULL);
		return;
	}
	write_hexadecimal(&text, sha256, CONNECT_PIN_SIZE);
	json_member_of(out, "certificate_sha256", &text);
}

static void json_nt_status(struct byte_writer *out, const struct connect_report *report)
{
	CLEANUP(writer_wipe) struct byte_writer text = writer_growing();

	if (!has_nt_status(report)) {
		json_member(out, "nt_status", NULL);
		return;
	}
	nt_status_write(&text, known_of(report)->NtStatus);
	json_member_of(out, "nt_status", &text);
}

void connect_report_json(struct byte_writer *out, const struct connect_report *report)
{
	const OPENSSPI_DESCRIPTION *known = known_of(report);

	json_open(out, '{');
	json_member(out, "server", report->settings->server);
	json_name(out, "exit_status");
	json_number(out, (uint64_t)report->outcome.exit_status);
	json_member(out, "meaning", report->outcome.meaning);
	json_member(out, "status", report->outcome.status);
	json_member(out, "reason", report->outcome.word);
	json_nt_status(out, report);
	json_member(out, "package", report->settings->package);
	json_member(out, "inner", known->InnerPackage);
	json_member(out, "user", user_of(report));
	json_member(out, "domain", domain_of(report));
	json_name(out, "credssp_version");
	if (known->CredSspVersion)
		json_number(out, known->CredSspVersion);
	else
		json_string(out, NULL);
	json_member(out, "tls", known->TlsVersion);
	json_member(out, "cipher", known->TlsCipher);
	json_certificate(out, known->ServerCertificateSha256);
	json_member(out, "delegated", has_delegated(report) ? "password" : "none");
	json_close(out, '}');
}

/* --- Sentences --------------------------------------------------------------------------------------------- */

static void write_user(struct byte_writer *out, const struct connect_report *report)
{
	const char *user = user_of(report), *domain = domain_of(report);

	if (domain && domain[0]) {
		text_plain(out, domain);
		text_say(out, "\\");
	}
	text_plain(out, user ? user : "whoever has the tickets");
}

/* "NTLM over CredSSP 6 and TLS 1.3 (TLS_AES_128_GCM_SHA256)" */
static void write_way(struct byte_writer *out, const OPENSSPI_DESCRIPTION *known)
{
	const char *package = known->InnerPackage ? known->InnerPackage : known->Package;

	text_say(out, package ? package : "an unknown package");
	if (!known->CredSspVersion)
		return;
	text_say(out, " over CredSSP ");
	text_number(out, known->CredSspVersion);
	text_say(out, " and TLS ");
	text_say(out, known->TlsVersion ? known->TlsVersion : "of an unknown version");
	text_say(out, " (");
	text_say(out, known->TlsCipher ? known->TlsCipher : "no cipher");
	text_say(out, ")");
}

static void write_granted(struct byte_writer *out, const struct connect_report *report)
{
	text_say(out, ": logged on as ");
	write_user(out, report);
	text_say(out, " by ");
	write_way(out, known_of(report));
	text_say(out,
		 has_delegated(report) ? "; the server has the password now" : "; the password stayed here");
}

/* MS-RDPBCGR 2.2.1.2.2. */
static const char *failure_name(uint32_t code)
{
	switch (code) {
	case RDP_SSL_REQUIRED_BY_SERVER:
		return "SSL_REQUIRED_BY_SERVER";
	case RDP_SSL_NOT_ALLOWED_BY_SERVER:
		return "SSL_NOT_ALLOWED_BY_SERVER";
	case RDP_SSL_CERT_NOT_ON_SERVER:
		return "SSL_CERT_NOT_ON_SERVER";
	case RDP_INCONSISTENT_FLAGS:
		return "INCONSISTENT_FLAGS";
	case RDP_HYBRID_REQUIRED_BY_SERVER:
		return "HYBRID_REQUIRED_BY_SERVER";
	case RDP_SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER:
		return "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER";
	default:
		return "an unknown failureCode";
	}
}

static void write_refused(struct byte_writer *out, const struct connect_report *report)
{
	text_say(out, ": not logged on: ");
	text_say(out, report->outcome.sentence);
	if (report->trouble) {
		text_say(out, ": ");
		text_say(out, report->trouble);
	}
	text_say(out, " (");
	text_say(out, report->outcome.word);
	if (report->outcome.status) {
		text_say(out, ", ");
		text_say(out, report->outcome.status);
	}
	text_say(out, ")");
	if (has_nt_status(report)) {
		text_say(out, "\nthe server says ");
		nt_status_explain(out, known_of(report)->NtStatus);
	}
	if (report->initiation->failure_code) {
		text_say(out, "\nthe server says ");
		text_say(out, failure_name(report->initiation->failure_code));
	}
	if (report->outcome.exit_status == EXIT_UNTRUSTED)
		text_say(out, "\nno password was sent to it");
	if (has_delegated(report))
		text_say(out, "\nthe server has the password all the same");
}

static void write_certificate(struct byte_writer *out, const struct connect_report *report)
{
	static const char *const judged[] = {
		[TRUST_SYSTEM] = "the server's certificate, which this machine trusts",
		[TRUST_FILE] = "the server's certificate, which those of --cafile vouch for",
		[TRUST_PIN] = "the server's certificate, which is the pinned one",
		[TRUST_NOBODY] = "the server's certificate, which nobody checked",
	};
	const OPENSSPI_DESCRIPTION *known = known_of(report);

	if (!known->ServerCertificateSha256)
		return;
	text_say(out, "\n");
	text_say(out,
		 known->TlsVersion
			 ? judged[report->settings->trust]
			 : "the server showed a certificate; if you know it to be the server's, --pin it");
	text_say(out, ": SHA-256 ");
	write_hexadecimal(out, known->ServerCertificateSha256, CONNECT_PIN_SIZE);
}

void connect_report_plain(struct byte_writer *out, const struct connect_report *report)
{
	text_plain(out, report->settings->server);
	if (report->outcome.exit_status == EXIT_DONE)
		write_granted(out, report);
	else
		write_refused(out, report);
	write_certificate(out, report);
}
