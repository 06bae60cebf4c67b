/* SetContextAttributes: one row a setting. */
#include "sspi/context_settings.h"

#include <opensspi/schannel.h>

static enum reason set(const struct context *context, enum setting setting, const union setting_value *value)
{
	const struct security_package *package = context->inner->package;

	return package->set ? package->set(context->inner, setting, value) : REASON_UNSUPPORTED;
}

static enum reason set_app_data(const struct context *context, const void *buffer)
{
	const SecPkgContext_SessionAppData *data = buffer;
	const union setting_value value = { .bytes = slice_of(data->pbAppData, data->cbAppData) };

	if (data->cbAppData && !data->pbAppData)
		return REASON_NULL_ARGUMENT;
	return set(context, SETTING_APP_DATA, &value);
}

enum reason context_export_keys(const struct context *context, const SecPkgContext_KeyingMaterialInfo *info)
{
	union setting_value value = { 0 };
	size_t size = info->cbLabel;

	if (!info->pszLabel || (info->cbContextValue && !info->pbContextValue))
		return REASON_NULL_ARGUMENT;
	if (size && !info->pszLabel[size - 1]) /* the label has none in the key schedule */
		size--;
	value.keying_material.label = slice_of(info->pszLabel, size);
	value.keying_material.context = slice_of(info->pbContextValue, info->cbContextValue);
	value.keying_material.has_context = info->pbContextValue;
	value.keying_material.size = info->cbKeyingMaterial;
	return set(context, SETTING_KEYING_MATERIAL, &value);
}

static enum reason set_keying_material(const struct context *context, const void *buffer)
{
	return context_export_keys(context, buffer);
}

static const struct {
	uint32_t attribute, size;
	enum reason (*run)(const struct context *, const void *);
} rows[] = {
	{ SECPKG_ATTR_APP_DATA, sizeof(SecPkgContext_SessionAppData), set_app_data },
	{ SECPKG_ATTR_KEYING_MATERIAL_INFO, sizeof(SecPkgContext_KeyingMaterialInfo), set_keying_material },
};

static enum reason run_row(const struct context *context, uint32_t attribute, const void *buffer,
			   uint32_t size)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (rows[i].attribute != attribute || !context->inner->package->set)
			continue;
		if (!buffer)
			return REASON_NULL_ARGUMENT;
		return size < rows[i].size ? REASON_BUFFER_TOO_SMALL : rows[i].run(context, buffer);
	}
	return REASON_UNSUPPORTED;
}

static SECURITY_STATUS set_attribute(const CtxtHandle *handle, uint32_t attribute, const void *buffer,
				     uint32_t size)
{
	CLEANUP(context_leave) struct context_visit visit = { 0 };
	enum reason reason = context_enter_finished(handle, &visit);

	if (reason == REASON_OK)
		reason = run_row(visit.context, attribute, buffer, size);
	return reason == REASON_OK
		       ? SEC_E_OK
		       : fail("set", reason, "attribute %u: %s", attribute, reason_sentence(reason));
}

/* None of the structures holds text: the two forms are one. */
SECURITY_STATUS SEC_ENTRY SetContextAttributesA(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer,
						uint32_t cbBuffer)
{
	return set_attribute(phContext, ulAttribute, pBuffer, cbBuffer);
}

SECURITY_STATUS SEC_ENTRY SetContextAttributesW(PCtxtHandle phContext, uint32_t ulAttribute, void *pBuffer,
						uint32_t cbBuffer)
{
	return set_attribute(phContext, ulAttribute, pBuffer, cbBuffer);
}
