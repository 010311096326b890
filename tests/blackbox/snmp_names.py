"""Names of MIB-II (RFC 1213) that the checks ask for, and the groups that a CP has (WIRE 1.2)."""

MIB2 = "1.3.6.1.2.1"
SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_CONTACT, SYS_NAME, SYS_LOCATION, SYS_SERVICES = (f"{MIB2}.1.{number}.0" for number in range(1, 8))
IF_TABLE, IF_DESCR, IF_PHYS_ADDRESS = f"{MIB2}.2.2", f"{MIB2}.2.2.1.2.1", f"{MIB2}.2.2.1.6.1"
IF_IN_OCTETS, IF_IN_UCAST, IF_OUT_OCTETS, IF_OUT_UCAST = (f"{MIB2}.2.2.1.{column}.1" for column in (10, 11, 16, 17))
IP_IN_RECEIVES, IP_OWN_ADDRESSES, IP_ROUTES, IP_NEIGHBOURS = f"{MIB2}.4.3.0", f"{MIB2}.4.20.1.1", f"{MIB2}.4.21", f"{MIB2}.4.22"
TCP_CONNECTIONS = f"{MIB2}.6.13"
UDP_IN, UDP_OUT, UDP_LISTENERS = f"{MIB2}.7.1.0", f"{MIB2}.7.4.0", f"{MIB2}.7.5"
SNMP = f"{MIB2}.11"


def snmp(number):
    return f"{SNMP}.{number}.0"


IN_PKTS, OUT_PKTS, IN_BAD_VERSIONS, IN_BAD_COMMUNITY_NAMES, IN_BAD_COMMUNITY_USES, IN_PARSE_ERRORS = (snmp(number) for number in range(1, 7))
IN_TOTAL_REQ_VARS, IN_TOTAL_SET_VARS, IN_GETS, IN_GET_NEXTS, IN_SETS = (snmp(number) for number in range(13, 18))
OUT_NO_SUCH_NAMES, OUT_RESPONSES, AUTHEN_TRAPS = snmp(21), snmp(28), snmp(30)

# Groups of the real CP 343-1's walk, and groups that it does not have: egp, transmission, host resources, ifMIB, anything private.
PRESENT = [f"{MIB2}.{group}" for group in (1, 2, 3, 4, 5, 6, 7, 11)]
ABSENT = [f"{MIB2}.8", f"{MIB2}.10", f"{MIB2}.25", f"{MIB2}.31", "1.3.6.1.4.1", "1.3.6.1.6.3"]

# usmStats and snmpMPDStats (RFC 3414, 5; RFC 3412, 5)
USM_UNSUPPORTED_LEVELS, _, USM_UNKNOWN_USERS, USM_UNKNOWN_ENGINES = (f"1.3.6.1.6.3.15.1.1.{number}.0" for number in range(1, 5))
