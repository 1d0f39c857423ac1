"""HEPData records: tables in YAML or in the JSON of the web interface, read as measurements."""
