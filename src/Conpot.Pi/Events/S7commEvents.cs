using static Conpot.Pi.Events.Attack;

namespace Conpot.Pi.Events;

/// <summary>What can happen over S7 communication; part of <see cref="EventCatalog"/>.</summary>
internal static class S7commEvents
{
    private static readonly string[] Protocol = ["protocol"];

    public static readonly EventKind Connect = new("s7comm.connect", 20, Protocol, "An ISO transport connection was asked for; carries both TSAPs, and fails when the called one does not exist.", RemoteSystemDiscovery);
    public static readonly EventKind Setup = new("s7comm.setup", 20, Protocol, "PDU size and parallel jobs were agreed upon (setup communication).", RemoteSystemDiscovery);
    public static readonly EventKind Read = new("s7comm.read", 20, Protocol, "Variables were read.", PointAndTag);
    public static readonly EventKind Write = new("s7comm.write", 60, Protocol, "Variables were written; carries the bytes before and after.", ModifyParameter, UnauthorizedCommand);
    public static readonly EventKind Plus = new("s7comm.plus", 30, Protocol, "S7CommPlus was tried, which only an S7-1200 or 1500 speaks.", RemoteSystemDiscovery);
    public static readonly EventKind Unknown = new("s7comm.unknown", 30, Protocol, "Something was asked for that the device does not have.", RemoteSystemDiscovery);
    public static readonly EventKind Malformed = new("s7comm.malformed", 40, Protocol, "Bytes that are no ISO transport packet or no S7 PDU.");

    public static readonly IReadOnlyList<EventKind> All = [Connect, Setup, Read, Write, Plus, Unknown, Malformed];
}
