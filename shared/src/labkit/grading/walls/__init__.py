"""What the kernel can put around untrusted code, one module per means. Linux; each says whether it holds."""
