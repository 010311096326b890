using System.Net;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>The SNMP agent of the device's communications processor.</summary>
internal sealed class SnmpProtocol : IProtocol
{
    private readonly SnmpState _state;
    private readonly DeviceClock _clock;
    private readonly (string Profile, DeviceSeed Seed, string Directory) _device;

    private SnmpProtocol(ProtocolSurroundings surroundings)
    {
        var (seed, time) = (surroundings.Seed, surroundings.Time);
        var settings = SnmpSettings.Read(surroundings.Section, surroundings.Cpu, seed, surroundings.LowPorts, surroundings.ConfigDirectory);
        var identity = SnmpIdentity.Read(surroundings.Identity, seed);
        var connections = new LiveConnections(surroundings.Connections);
        (Settings, Identity) = (settings, identity);
        _device = (surroundings.Profile.Name, seed, surroundings.StateDirectory);
        if (surroundings.Predecessor is SnmpProtocol before && before._device == _device)
        {
            (_state, _clock) = (before._state, before._clock); // a reload is no restart of the device
        }
        else
        {
            _clock = DeviceClock.OfThisMachine(time, seed);
            _state = new SnmpState(Path.Combine(surroundings.StateDirectory, "snmp"), surroundings.Profile.Name, SnmpState.BootId, _clock, time, connections);
        }
        Enabled = settings.Enabled;
        if (!Enabled) return;
        var mib = new MibParts(settings, identity, seed, _clock, time, _state, surroundings.Place.Look, surroundings.TcpPorts, connections).Build();
        var boots = 1 + (int)(seed.For("snmp engine boots") % 60);
        // With the address that ifPhysAddress shows: which interface it is may be known only when a lease has come.
        var (place, engineId) = (surroundings.Place, settings.EngineId.ToArray()); // the surroundings themselves would keep all predecessors
        var usm = new UsmReports(() => SnmpSettings.EngineIdOf(place.Known.Mac, engineId), () => (boots, (int)_clock.Uptime.TotalSeconds));
        var conversation = new SnmpConversation(new SnmpEngine(settings, mib, _state.Counters, usm), settings, _state);
        UdpPorts = [new UdpPort(settings.Port, settings.QuietGap, new BudgetLimits(settings.PacketsPerSecond, settings.Amplification), settings.Latency, conversation)];
    }

    public string Name => "snmp";

    public bool Enabled { get; }

    public SnmpSettings Settings { get; }

    public SnmpIdentity Identity { get; }

    public IReadOnlyList<UdpPort> UdpPorts { get; } = [];

    public string? Trouble => _state.Problem;

    public static IProtocol Create(ProtocolSurroundings surroundings) => new SnmpProtocol(surroundings);

    public void Retire(IProtocol? successor)
    {
        if (successor is null) _state.Stop();
    }

    /// <summary>The network loop's connections as the MIB asks for them.</summary>
    private sealed class LiveConnections(OpenConnections open) : IConnections
    {
        public long Version => open.Version;

        public TcpTraffic Traffic => new(open.Opened, open.Received, open.Sent, open.ReceivedBytes, open.SentBytes);

        public void CopyTo(List<(IPEndPoint Local, IPEndPoint Remote)> connections) => connections.AddRange(open.All);
    }
}
