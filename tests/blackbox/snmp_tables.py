"""Three tables of MIB-II as a MIB file: snmptable needs one to know columns, and Debian ships none (RFC 1213 has the whole)."""


def column(table, number, name, syntax):
    return f"{name} OBJECT-TYPE SYNTAX {syntax} ACCESS read-only STATUS mandatory ::= {{ {table} {number} }}\n"


def table(parent, number, name, columns, index):
    row = name[:-5] + "Entry"
    fields = ", ".join(f"{each} {syntax}" for each, syntax in columns)
    return (f"{name} OBJECT-TYPE SYNTAX SEQUENCE OF {row.capitalize()} ACCESS not-accessible STATUS mandatory ::= {{ {parent} {number} }}\n"
            f"{row} OBJECT-TYPE SYNTAX {row.capitalize()} ACCESS not-accessible STATUS mandatory INDEX {{ {index} }} ::= {{ {name} 1 }}\n"
            f"{row.capitalize()} ::= SEQUENCE {{ {fields} }}\n" + "".join(column(row, at, each, syntax) for at, (each, syntax) in enumerate(columns, 1)))


INTERFACES = [("ifIndex", "INTEGER"), ("ifDescr", "OCTET STRING"), ("ifType", "INTEGER"), ("ifMtu", "INTEGER"), ("ifSpeed", "Gauge"),
              ("ifPhysAddress", "OCTET STRING"), ("ifAdminStatus", "INTEGER"), ("ifOperStatus", "INTEGER")]
ROUTES = [("ipRouteDest", "IpAddress"), ("ipRouteIfIndex", "INTEGER"), ("ipRouteMetric1", "INTEGER"), ("ipRouteMetric2", "INTEGER"),
          ("ipRouteMetric3", "INTEGER"), ("ipRouteMetric4", "INTEGER"), ("ipRouteNextHop", "IpAddress"), ("ipRouteType", "INTEGER")]
CONNECTIONS = [("tcpConnState", "INTEGER"), ("tcpConnLocalAddress", "IpAddress"), ("tcpConnLocalPort", "INTEGER"), ("tcpConnRemAddress", "IpAddress"),
               ("tcpConnRemPort", "INTEGER")]

TABLES = ("TABLES-MIB DEFINITIONS ::= BEGIN\nmib-2 OBJECT IDENTIFIER ::= { iso 3 6 1 2 1 }\ninterfaces OBJECT IDENTIFIER ::= { mib-2 2 }\n"
          "ip OBJECT IDENTIFIER ::= { mib-2 4 }\ntcp OBJECT IDENTIFIER ::= { mib-2 6 }\n"
          + table("interfaces", 2, "ifTable", INTERFACES, "ifIndex")
          + table("ip", 21, "ipRouteTable", ROUTES, "ipRouteDest")
          + table("tcp", 13, "tcpConnTable", CONNECTIONS, "tcpConnLocalAddress, tcpConnLocalPort, tcpConnRemAddress, tcpConnRemPort") + "END\n")
