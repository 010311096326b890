"""Texts that detectors look for, each list once for all programs: facts/conpot_tells.txt, WIRE 6, and what potsnitch compares."""

# Conpot's and T-Pot's templates, and the defaults of the libraries beneath.
TEMPLATES = ("Technodrome", "Mouser Factory", "88111222", "Venus", "Siemens AG", "CP 443-1 EX40", "Siemens, SIMATIC, S7-200", "IM151-8 PN/DP CPU", "DoE Water Service",
             "Central Pump", "Pump Control Unit", "Overview - Siemens, SIMATIC, S7-200", "Tue, 19 May 1993 09:00:00 GMT", "timeticks (deciseconds)", "Set-cookie: path=/",
             "SNAP7-SERVER", "S C-C2UR28922012", "MMC 267FF11F", "6ES7 315-2EH14-0AB0", "1.3.6.1.4.1.20408", "onpot", "modbus_tk", "pymodbus", "libmodbus", "pysnmp", "snmpsim")

# Printed in nmap's manual, so nobody's.
EXAMPLES = ("6ES7 315-2AG10-0AB0", "S C-X4U421302009", "SIMATIC 300(1)", "CPU 315-2 DP")

POTSNITCH_S7 = ("Technodrome", "S7-200", "SIMATIC", "Mouser", "88111222", "Venus", "IM151-8 PN/DP CPU", "CPU 315-2 PN/DP", "Siemens AG")
POTSNITCH_MODBUS = ("Siemens", "SIMATIC", "S7-200", "S7-300", "S7-400")

# honeydet and others: any of these within a value. "0" and "72" are in nearly every agent's first object.
SNMP_PATTERNS = ("Siemens, SIMATIC, S7-200", "Siemens AG", "CP 443-1 EX40", "Venus", "72", "0", "1.3.6.1.4.1.20408")


def within(patterns, said):
    """Which of them, as evidence."""
    text = said.decode("latin-1") if isinstance(said, bytes) else said
    return ", ".join(each for each in patterns if each in text)
