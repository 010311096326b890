using static Conpot.Pi.Events.Attack;

namespace Conpot.Pi.Events;

/// <summary>Every kind of event there is; what is not listed here cannot be recorded.</summary>
internal static class EventCatalog
{
    private static readonly string[] Protocol = ["protocol"], Info = ["info"], Denied = ["connection", "denied"];

    public static readonly EventKind SensorStart = new("sensor.start", 0, ["start"], "The sensor began to listen; carries version, profile and what was repaired in the journal.");
    public static readonly EventKind SensorStop = new("sensor.stop", 0, ["end"], "The sensor stopped in order.");
    public static readonly EventKind SensorConfig = new("sensor.config", 0, Info, "The configuration was read again: taken, or refused with the reason; at a start, that the last good one is in force.");
    public static readonly EventKind SensorLost = new("sensor.lost", 50, Info, "Events could not be kept (disk full, failing or stalled); carries how many and which sequence numbers.");
    public static readonly EventKind SensorError = new("sensor.error", 50, Info, "A mistake in the sensor itself, caught; carries the stack trace. Please report it.");
    public static readonly EventKind SensorTampered = new("sensor.tampered", 80, Info, "The journal's newest file was deleted, replaced or cut short by another hand, and a new one began; carries which. The numbers missing before it were in there.");
    public static readonly EventKind SensorAcknowledged = new("sensor.acknowledged", 0, Info, "Somebody acknowledged the alert, at the panel's button or with 'conpot-pi io ack'; carries which.");
    public static readonly EventKind PlcModule = new("plc.module", 50, Info, "Real inputs or outputs failed, or work again; carries the device and its problem.");
    public static readonly EventKind SensorAlive = new("sensor.alive", 0, Info, "The sensor is well; carries uptime, sessions, and the counts of events, losses, alerts and what was ignored.");
    public static readonly EventKind SensorTest = new("sensor.test", 60, Info, "A person tries whether alerts arrive (test-alert); sent to sinks, not kept in the journal.");
    public static readonly EventKind SinkFault = new("sink.fault", 50, Info, "A sink has not taken events for a while; carries its error. They wait in the journal.");
    public static readonly EventKind SinkRecovered = new("sink.recovered", 0, Info, "A sink takes events again; carries for how long it did not.");
    public static readonly EventKind SinkGap = new("sink.gap", 50, Info, "The journal was full before a sink had taken its oldest events, or cannot be read any more; carries how many it never got, and which.");
    public static readonly EventKind PlcMode = new("plc.mode", 80, Info, "The fake CPU changed between RUN and STOP.", OperatingMode);

    public static readonly EventKind SessionStart = new("session.start", 10, ["connection", "start"], "A client connected.", RemoteSystemDiscovery);
    public static readonly EventKind SessionEnd = new("session.end", 10, ["connection", "end"], "A connection ended; carries duration, bytes, requests and the reason.");
    public static readonly EventKind SessionRefused = new("session.refused", 30, Denied, "Connections over a limit were reset; carries how many since the last such event.", RemoteSystemDiscovery);
    public static readonly EventKind SessionLimited = new("session.limited", 90, Denied, "Datagrams of a source were over its budget and not answered; carries how many since the last such event.", DenialOfService);
    public static readonly EventKind HalfOpen = new("network.half-open", 20, Denied, "Half-open connections were reset by their makers, as a SYN scan does; the kernel gives their count on the whole machine, neither source nor port.", RemoteSystemDiscovery);
    public static readonly EventKind SynFlood = new("network.syn-flood", 90, Denied, "More half-open connections than the kernel holds; it answers them with cookies or drops them, so that others still get in. Carries how many, of the whole machine and without sources.", DenialOfService);

    public static readonly EventKind ModbusRead = new("modbus.read", 20, Protocol, "Coils, inputs or registers were read (function 1-4, 24).", PointAndTag);
    public static readonly EventKind ModbusWrite = new("modbus.write", 60, Protocol, "One coil or register was written (function 5, 6, 22); carries the values before and after.", ModifyParameter, UnauthorizedCommand);
    public static readonly EventKind ModbusWriteMany = new("modbus.write", 60, Protocol, "Several coils or registers were written (function 15, 16, 23); carries the values before and after.", BruteForceIo, UnauthorizedCommand);
    public static readonly EventKind ModbusIdentify = new("modbus.identify", 30, Protocol, "The device was asked who it is (function 17, 43/14).", RemoteSystemInformation);
    public static readonly EventKind ModbusDiagnose = new("modbus.diagnose", 30, Protocol, "Diagnostics, counters or logs were asked for (function 7, 8, 11, 12).", RemoteSystemInformation);
    public static readonly EventKind ModbusUnknown = new("modbus.unknown", 30, Protocol, "A function that the device does not have was asked for.", RemoteSystemDiscovery);
    public static readonly EventKind ModbusDiscarded = new("modbus.discarded", 40, Protocol, "A frame with a wrong protocol identifier was discarded.");
    public static readonly EventKind ModbusMalformed = new("modbus.malformed", 40, Protocol, "Bytes that are no Modbus frame; the connection was dropped.");

    public static readonly EventKind SnmpGet = new("snmp.get", 30, Protocol, "Objects were read (GET).", RemoteSystemInformation);
    public static readonly EventKind SnmpGetConnections = new("snmp.get", 30, Protocol, "Addresses, routes, neighbours or connections were read (GET in at, ip, tcp, udp).", NetworkConnections);
    public static readonly EventKind SnmpGetBoth = new("snmp.get", 30, Protocol, "Both were read in one GET.", RemoteSystemInformation, NetworkConnections);
    public static readonly EventKind SnmpWalk = new("snmp.walk", 30, Protocol, "A step of a walk through the objects (GETNEXT, GETBULK).", RemoteSystemInformation);
    public static readonly EventKind SnmpWalkConnections = new("snmp.walk", 30, Protocol, "A step of a walk through addresses, routes, neighbours or connections (GETNEXT, GETBULK in at, ip, tcp, udp).", NetworkConnections);
    public static readonly EventKind SnmpWalkBoth = new("snmp.walk", 30, Protocol, "A step of a walk through both at once.", RemoteSystemInformation, NetworkConnections);
    public static readonly EventKind SnmpSet = new("snmp.set", 60, Protocol, "Objects were written, or somebody tried to (SET); carries the values before and after.", ModifyParameter);
    public static readonly EventKind SnmpDiscover = new("snmp.discover", 30, Protocol, "SNMPv3: the engine was asked for its id, boots and time.", RemoteSystemInformation);
    public static readonly EventKind SnmpUser = new("snmp.discover", 40, Protocol, "SNMPv3: a user name was tried; carries its security level and digest.", DefaultCredentials);
    public static readonly EventKind SnmpBadCommunity = new("snmp.bad-community", 40, Protocol, "A community that the device does not know was tried.", DefaultCredentials);
    public static readonly EventKind SnmpBadCommunitySet = new("snmp.bad-community", 60, Protocol, "The same with a SET: somebody tried to change the device.", DefaultCredentials, ModifyParameter);
    public static readonly EventKind SnmpUnanswered = new("snmp.unanswered", 30, Protocol, "A message was taken and not answered, as the device would (a version it does not speak, a trap, a response).", RemoteSystemDiscovery);
    public static readonly EventKind SnmpMalformed = new("snmp.malformed", 40, Protocol, "A datagram that is no SNMP message; carries what is wrong with it and where.");

    public static readonly EventKind SweepUnits = new("sweep.units", 40, Protocol, "A source tried many Modbus unit ids, over however many connections.", RemoteSystemDiscovery);
    public static readonly EventKind SweepRegisters = new("sweep.registers", 40, Protocol, "A source read from many addresses.", PointAndTag, AutomatedCollection);
    public static readonly EventKind SweepWrites = new("sweep.writes", 70, Protocol, "A source writes in a loop.", BruteForceIo);
    public static readonly EventKind SweepCommunities = new("sweep.communities", 50, Protocol, "A source guessed several SNMP communities.", DefaultCredentials);
    public static readonly EventKind SweepTsaps = new("sweep.tsaps", 40, Protocol, "A source tried several TSAPs (rack and slot).", RemoteSystemDiscovery);

    public static readonly EventKind AlertRaised = new("alert.raised", EventKind.AlertSeverity, Info, "The first event of its kind from a source that weighs enough, with that event's severity and techniques; carries its id.");
    public static readonly EventKind AlertRepeated = new("alert.repeated", EventKind.AlertSeverity, Info, "The window of an alert is over, and there was more than the one event; carries how many.");

    /// <summary>In the order of <c>conpot-pi events --list</c>.</summary>
    public static readonly IReadOnlyList<EventKind> All =
    [
        SensorStart, SensorStop, SensorConfig, SensorLost, SensorTampered, SensorError, SensorAlive, SensorTest, SensorAcknowledged, SinkFault, SinkRecovered, SinkGap, PlcMode, PlcModule,
        SessionStart, SessionEnd, SessionRefused, SessionLimited, HalfOpen, SynFlood,
        ModbusRead, ModbusWrite, ModbusWriteMany, ModbusIdentify, ModbusDiagnose, ModbusUnknown, ModbusDiscarded, ModbusMalformed,
        SnmpGet, SnmpGetConnections, SnmpGetBoth, SnmpWalk, SnmpWalkConnections, SnmpWalkBoth, SnmpSet, SnmpDiscover, SnmpUser, SnmpBadCommunity, SnmpBadCommunitySet, SnmpUnanswered, SnmpMalformed,
        .. HttpEvents.All,
        .. S7commEvents.All,
        SweepUnits, SweepRegisters, SweepWrites, SweepCommunities, SweepTsaps,
        AlertRaised, AlertRepeated,
    ];

    /// <summary>The kind of an event that was read back: of several of one name the one with its techniques; null for a name that is not listed.</summary>
    public static EventKind? Find(string action, IEnumerable<string> techniques)
    {
        var named = All.Where(k => k.Action == action).ToList();
        return named.Find(k => k.Techniques.Select(t => t.Id).SequenceEqual(techniques)) ?? named.FirstOrDefault();
    }
}
