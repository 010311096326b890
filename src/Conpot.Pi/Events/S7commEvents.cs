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
    public static readonly EventKind Identify = new("s7comm.identify", 30, Protocol, "The device was asked who it is (system status lists, block lists).", RemoteSystemInformation);
    public static readonly EventKind Mode = new("s7comm.mode", 30, Protocol, "The operating mode or the protection level was asked for (SZL 0424, 0132).", DetectMode);
    public static readonly EventKind Clock = new("s7comm.clock", 20, Protocol, "The clock was read.", MonitorState);
    public static readonly EventKind ClockSet = new("s7comm.clock-set", 60, Protocol, "The clock was set, or somebody tried to.", ModifyParameter);
    public static readonly EventKind Subscribe = new("s7comm.subscribe", 20, Protocol, "Cyclic values or messages were subscribed to.", MonitorState);
    public static readonly EventKind Password = new("s7comm.password", 60, Protocol, "A password was tried and refused, or an access given back; carries it.", ValidAccounts);
    public static readonly EventKind PasswordTaken = new("s7comm.password-taken", 70, Protocol, "The right password was given; carries it. The protection level no longer holds for that connection.", ValidAccounts);
    public static readonly EventKind Stop = new("s7comm.stop", 80, Protocol, "The CPU was told to stop.", OperatingMode, DeviceRestart);
    public static readonly EventKind Start = new("s7comm.start", 80, Protocol, "The CPU was told to start, cold or warm.", OperatingMode, DeviceRestart);
    public static readonly EventKind Control = new("s7comm.control", 70, Protocol, "Blocks were inserted or deleted, memory was compressed or copied.", ControllerTasking, ModifyProgram);
    public static readonly EventKind Upload = new("s7comm.upload", 40, Protocol, "A block was fetched from the device.", ProgramUpload);
    public static readonly EventKind Download = new("s7comm.download", 90, Protocol, "A block was sent to the device; when it is whole, carries its hash and the file that keeps it.", ProgramDownload, ModifyProgram);
    public static readonly EventKind Unknown = new("s7comm.unknown", 30, Protocol, "Something was asked for that the device does not have.", RemoteSystemDiscovery);
    public static readonly EventKind Malformed = new("s7comm.malformed", 40, Protocol, "Bytes that are no ISO transport packet or no S7 PDU.");

    public static readonly IReadOnlyList<EventKind> All = [Connect, Setup, Read, Write, Identify, Mode, Clock, ClockSet, Subscribe, Password, PasswordTaken, Stop, Start, Control, Upload, Download, Plus, Unknown, Malformed];
}
