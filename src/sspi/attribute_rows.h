/*
 * QueryContextAttributes, one function a row: the caller's struct of a finished context. A row that fails leaves
 * `buffer` alone; what its pointers point to is freed by FreeContextBuffer. attributes.c has the table.
 */
#ifndef OPENSSPI_SSPI_ATTRIBUTE_ROWS_H
#define OPENSSPI_SSPI_ATTRIBUTE_ROWS_H

#include "sspi/context.h"

typedef enum reason attribute_row(const struct context *context, void *buffer, bool wide);

/* What the context's package says. */
enum reason attribute_ask(const struct context *context, enum attribute attribute,
			  union attribute_value *value);
/* One block with one text; NULL: no memory, or a name that is no text. */
NODISCARD void *attribute_text(struct slice utf16, bool wide);
NODISCARD void *attribute_static_text(const char *ascii, bool wide);
/* DOMAIN\\user, or the user alone. False: no memory. */
NODISCARD bool attribute_write_name(struct byte_writer *name, struct slice domain, struct slice user);
/* One block with these bytes. */
NODISCARD enum reason attribute_bytes(struct slice bytes, void **block);

/* Who: attributes_names.c */
attribute_row attribute_names, attribute_native_names, attribute_authority, attribute_dce_info;
attribute_row attribute_client_specified_target, attribute_subject_attributes;

/* TLS: attributes_tls.c */
attribute_row attribute_remote_certificate, attribute_local_certificate, attribute_connection_info;
attribute_row attribute_connection_info_ex, attribute_cipher_info, attribute_session_info;
attribute_row attribute_unique_bindings, attribute_endpoint_bindings, attribute_application_protocol;
attribute_row attribute_supported_signatures, attribute_issuer_list, attribute_remote_certificates;
attribute_row attribute_local_cert_info, attribute_issuer, attribute_app_data;
attribute_row attribute_keying_material, attribute_keying_material_inproc;
attribute_row attribute_server_auth_flags, attribute_trust_status;

#endif
