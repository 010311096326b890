using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Protocols;
using Conpot.Pi.Protocols.Http;
using Conpot.Pi.Protocols.Modbus;
using Conpot.Pi.Protocols.S7comm;
using Conpot.Pi.Protocols.Snmp;

namespace Conpot.Pi.Hosting;

/// <summary>The list of what the sensor is made of. A new protocol is a folder and one line here, a new sink a file and one line.</summary>
internal static class Registry
{
    /// <summary>Section name in the configuration, and how it is built.</summary>
    public static readonly IReadOnlyList<(string Section, Func<ProtocolSurroundings, IProtocol> Create)> Protocols =
    [
        ("modbus", ModbusProtocol.Create),
        ("http", HttpProtocol.Create),
        ("s7comm", S7commProtocol.Create),
        ("snmp", SnmpProtocol.Create), // shows the ports of those above
    ];

    /// <summary>Section name in the configuration, once as [name] or more often as [[name]], and how it is built; null when it is switched off.</summary>
    public static readonly IReadOnlyList<(string Section, Func<SinkSurroundings, ISink?> Create)> Sinks =
    [
        ("mqtt", MqttSink.Create),
        ("syslog", SyslogSink.Create),
        ("file", FileSink.Create),
        ("hpfeeds", HpfeedsSink.Create),
        ("webhook", WebhookSink.Create),
    ];
}
