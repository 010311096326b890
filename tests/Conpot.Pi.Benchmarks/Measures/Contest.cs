using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Measures;

/// <summary>So many connections (or sockets) with so many requests in flight on each.</summary>
/// <param name="Asks">What is asked for; the heading of its table.</param>
/// <param name="Load">More arguments for the generator.</param>
internal sealed record Scenario(string Asks, string Name, int Connections, int Depth, params string[] Load)
{
    private const string Registers = "FC3, 10 registers";
    private const string Get = "GET of sysUpTime", Next = "GETNEXT in ifTable";

    public static readonly Scenario Single = new(Registers, "1 connection, 1 in flight", 1, 1);
    public static readonly Scenario Many = new(Registers, "50 connections, 1 in flight", 50, 1);
    public static readonly Scenario Pipelined = new(Registers, "50 connections, 16 in flight", 50, 16);

    public static readonly Scenario GetSingle = new(Get, "1 socket, 1 in flight", 1, 1, "-k", "get");
    public static readonly Scenario GetMany = new(Get, "50 sockets, 1 in flight", 50, 1, "-k", "get");
    public static readonly Scenario NextMany = new(Next, "50 sockets, 1 in flight", 50, 1, "-k", "next");
}

/// <summary>Who is compared with whom: a protocol's servers, the load on them, and how an answered request is known in the journal.</summary>
/// <param name="Peer">The server that every other one's figures are a multiple of, beside the floor.</param>
/// <param name="PeerPackage">Debian's package whose version is told; net-snmp's tools and its snmpd are of one source.</param>
/// <param name="Answer">Bytes of every journal line of an answered request.</param>
internal sealed record Contest(string Title, string ResultFile, string Peer, string PeerPackage, string Answer, IReadOnlyList<Scenario> Scenarios)
{
    public static readonly Contest Modbus =
        new("Modbus server", "RESULTS.md", Target.Libmodbus, "libmodbus-dev", "\"modbus.read\"", [Scenario.Single, Scenario.Many, Scenario.Pipelined]);

    // "snmp.get" and "snmp.walk".
    public static readonly Contest Snmp =
        new("SNMP agent", "RESULTS-SNMP.md", Target.Snmpd, "snmp", "\"snmp.", [Scenario.GetSingle, Scenario.GetMany, Scenario.NextMany]);
}
