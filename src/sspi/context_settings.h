/* What SetContextAttributes and a row of QueryContextAttributes share. */
#ifndef OPENSSPI_SSPI_CONTEXT_SETTINGS_H
#define OPENSSPI_SSPI_CONTEXT_SETTINGS_H

#include "sspi/context.h"

#include <opensspi/schannel.h>

/* ATTRIBUTE_KEYING_MATERIAL is then what `info` describes. */
enum reason context_export_keys(const struct context *context, const SecPkgContext_KeyingMaterialInfo *info);

#endif
