#include "sspi/packages.h"

#include "credssp/credssp.h"
#include "kerberos/kerberos.h"
#include "negotiate/negotiate.h"
#include "ntlm/ntlm.h"
#include "schannel/schannel.h"

const struct security_package *const public_packages[] = {
	&credssp_package, &negotiate_package, &ntlm_package, &schannel_package, &kerberos_package, NULL,
};
const struct security_package *const all_packages[] = {
	&credssp_package, &negotiate_package, &kerberos_package, &ntlm_package, &schannel_package, NULL,
};
