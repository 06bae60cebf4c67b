/*
 * A program that exports SSPI names of its own, as other libraries of a process may: the library's table and its own
 * calls must not end here. Says in its exit status what went wrong.
 */
#include <sspi.h>

#include <dlfcn.h>
#include <stdio.h>

static int strayed;

/* The names of sspi.h, with its default visibility, so the dynamic linker prefers them. */
SECURITY_STATUS SEC_ENTRY EncryptMessage(PCtxtHandle context, uint32_t quality, PSecBufferDesc message,
					 uint32_t number)
{
	(void)context, (void)quality, (void)message, (void)number;
	strayed++;
	return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY DecryptMessage(PCtxtHandle context, PSecBufferDesc message, uint32_t number,
					 uint32_t *quality)
{
	(void)context, (void)message, (void)number, (void)quality;
	strayed++;
	return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY FreeContextBuffer(void *buffer)
{
	(void)buffer;
	strayed++;
	return SEC_E_OK;
}

static int complain(const char *what)
{
	puts(what);
	return 1;
}

int main(void)
{
	PSecurityFunctionTableA table = InitSecurityInterfaceA();
	CtxtHandle nobody = { 0, 0 };
	SecBufferDesc none = { 0, 0, NULL };

	if (EncryptMessage(&nobody, 0, &none, 0) != SEC_E_OK || strayed != 1)
		return complain("this program does not interpose");
	strayed = 0;
	if (table->EncryptMessage == EncryptMessage || table->DecryptMessage == DecryptMessage ||
	    table->Reserved3 == EncryptMessage || table->FreeContextBuffer == FreeContextBuffer)
		return complain("the table points into this program");
	if (table->EncryptMessage(&nobody, 0, &none, 0) != SEC_E_INVALID_HANDLE)
		return complain("the table's EncryptMessage is not the library's");
	/* SealMessage calls EncryptMessage inside the library. */
	if (SealMessage(&nobody, 0, &none, 0) != SEC_E_INVALID_HANDLE || strayed)
		return complain("the library called this program");
	return 0;
}
