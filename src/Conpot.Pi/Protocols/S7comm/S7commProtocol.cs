namespace Conpot.Pi.Protocols.S7comm;

/// <summary>S7 communication over ISO-on-TCP, as STEP 7, WinCC and attackers speak it.</summary>
internal sealed class S7commProtocol : IProtocol
{
    private readonly S7Device _device;

    private S7commProtocol(S7Settings settings, ProtocolSurroundings surroundings)
    {
        // The clock and the diagnostic buffer belong to the CPU: as long as a reload keeps it, they go on.
        _device = surroundings.Predecessor is S7commProtocol before && before._device.Cpu == surroundings.Cpu
            ? before._device
            : new S7Device(surroundings.Cpu, surroundings.Seed, surroundings.Time, TimeSpan.FromMilliseconds(Environment.TickCount64));
        Enabled = settings.Enabled;
        if (!Enabled) return;
        var server = new S7Server(settings, surroundings.Cpu, _device, new S7Blocks(settings.Memory, surroundings.Seed));
        TcpPorts = [new TcpPort(settings.Port, settings.Connections, settings.IdleTimeout, settings.Latency, () => new S7Conversation(server, settings, surroundings.Cpu))];
    }

    public string Name => "s7comm";

    public bool Enabled { get; }

    public IReadOnlyList<TcpPort> TcpPorts { get; } = [];

    public static IProtocol Create(ProtocolSurroundings surroundings) =>
        new S7commProtocol(S7Settings.Read(surroundings.Section, surroundings.Identity, surroundings.Cpu, surroundings.Seed, surroundings.LowPorts), surroundings);
}
