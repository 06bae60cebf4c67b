#include "programs/http_wsman.h"

#include "base/byte_reader.h"
#include "programs/http_message.h"

#define ENVELOPE \
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"" \
	" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"><s:Header><a:RelatesTo>"
#define BODY "</a:RelatesTo></s:Header><s:Body>"
#define END  "</s:Body></s:Envelope>"

static bool holds(struct slice request, const char *text)
{
	return memmem(request.data, request.size, text, strlen(text)) != NULL;
}

/* What stands between `before` and the next '<'. */
static struct slice text_behind(struct slice request, const char *before)
{
	struct byte_reader in = reader_of(request);
	struct slice text = slice_of(NULL, 0);

	while (in.size && !reader_expect(&in, before, strlen(before)))
		if (!reader_skip(&in, 1))
			break;
	return reader_until(&in, '<', &text) ? text : slice_of(NULL, 0);
}

static void write_identity(const char *who, struct byte_writer *answer)
{
	http_write_text(
		answer,
		"<i:IdentifyResponse "
		"xmlns:i=\"http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd\">"
		"<i:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd</i:ProtocolVersion>"
		"<i:ProductVendor>");
	http_write_text(answer, who);
	http_write_text(answer, "</i:ProductVendor></i:IdentifyResponse>");
}

static void write_fault(const char *who, struct byte_writer *answer)
{
	http_write_text(answer, "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason>"
				"<s:Text xml:lang=\"en\">no such thing for ");
	http_write_text(answer, who);
	http_write_text(answer, "</s:Text></s:Reason></s:Fault>");
}

static void write_text(struct slice request, const char *who, struct byte_writer *answer)
{
	http_write_text(answer, "<t:Text xmlns:t=\"urn:opensspi:text\" user=\"");
	http_write_text(answer, who);
	http_write_text(answer, "\">");
	writer_bytes(answer, text_behind(request, "urn:opensspi:text\">"));
	http_write_text(answer, "</t:Text>");
}

unsigned http_wsman_answer(struct slice request, const char *who, struct byte_writer *answer)
{
	bool refused = holds(request, "urn:opensspi:fault");

	http_write_text(answer, ENVELOPE);
	writer_bytes(answer, text_behind(request, "MessageID>"));
	http_write_text(answer, BODY);
	if (refused)
		write_fault(who, answer);
	else if (holds(request, "<wsmid:Identify/>"))
		write_identity(who, answer);
	else
		write_text(request, who, answer);
	http_write_text(answer, END);
	return refused ? 500 : 200;
}
