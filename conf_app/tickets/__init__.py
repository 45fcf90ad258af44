"""Make ticket codes, QR and PDF from values. Knows no person."""
