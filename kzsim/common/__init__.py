"""What both apps may use: mail assembly, signed links, formats. No models; imports nothing of ours."""
