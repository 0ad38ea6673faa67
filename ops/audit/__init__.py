"""What the weekly security audit looks at: components, vulnerabilities, files, processes, configurations, secrets, access."""
