"""Key material, told by parsing it: DER, PEM, OpenSSH, OpenPGP, PuTTY, key stores."""
