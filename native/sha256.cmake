# Writes the SHA-256 of FILE, in hex, to FILE.sha256.
file(SHA256 "${FILE}" HASH)
file(WRITE "${FILE}.sha256" "${HASH}\n")
