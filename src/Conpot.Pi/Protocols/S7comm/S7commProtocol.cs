namespace Conpot.Pi.Protocols.S7comm;

/// <summary>S7 communication over ISO-on-TCP, as STEP 7, WinCC and attackers speak it.</summary>
internal sealed class S7commProtocol : IProtocol
{
    private S7commProtocol(S7Settings settings, ProtocolSurroundings surroundings)
    {
        Enabled = settings.Enabled;
        if (!Enabled) return;
        var server = new S7Server(settings, surroundings.Cpu);
        TcpPorts = [new TcpPort(settings.Port, settings.Connections, settings.IdleTimeout, settings.Latency, () => new S7Conversation(server, settings, surroundings.Cpu))];
    }

    public string Name => "s7comm";

    public bool Enabled { get; }

    public IReadOnlyList<TcpPort> TcpPorts { get; } = [];

    public static IProtocol Create(ProtocolSurroundings surroundings) =>
        new S7commProtocol(S7Settings.Read(surroundings.Section, surroundings.Cpu.Image, surroundings.Seed, surroundings.LowPorts), surroundings);
}
