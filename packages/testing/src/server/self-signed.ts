/** A certificate for tests, with its key. */

/** For localhost, until 2126; signed by itself. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUOPpIFJidHReZc6yThCqHbB3ZUogwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTIwMTA5MjA1OFoYDzIxMjYxMTA3
MDkyMDU4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARlcIrIBjPuz8jvxqXtFS3XBW83vtViZooypbJvvPayCNZ6nocXUvon
lqkGbvKOW1KVAr94j2r/u2ULozz6J7C7o2kwZzAdBgNVHQ4EFgQUWcHI9DBVgdQq
Ue4naVxQkxepF+AwHwYDVR0jBBgwFoAUWcHI9DBVgdQqUe4naVxQkxepF+AwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAPuyBxmluasLun1LykTGp9G9aCMbDUdI0bYrbt4DrsvsAiEA1A73f7s7
uBPK+S+SynmcoHOWSk1PKH6eHHMVYDVviX0=
-----END CERTIFICATE-----
`;
/** Of {@link certificate}; it protects nothing. */
export const certificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBwTxtrQOTeMNEzu1
J5tsZ+FS/E1UgJnxG+Kxds+zvo6hRANCAARlcIrIBjPuz8jvxqXtFS3XBW83vtVi
ZooypbJvvPayCNZ6nocXUvonlqkGbvKOW1KVAr94j2r/u2ULozz6J7C7
-----END PRIVATE KEY-----
`;
