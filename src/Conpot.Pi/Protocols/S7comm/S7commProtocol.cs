using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>S7 communication over ISO-on-TCP, as STEP 7, WinCC and attackers speak it.</summary>
internal sealed class S7commProtocol : IProtocol
{
    private readonly S7Memories _memories;
    private readonly (Cpu Cpu, string Blocks, string Directory) _device;

    private S7commProtocol(S7Settings settings, ProtocolSurroundings surroundings)
    {
        Enabled = settings.Enabled;
        _device = (surroundings.Cpu, $"{settings.Memory.IsS7200} {string.Join(' ', settings.Memory.Blocks)}", surroundings.StateDirectory);
        _memories = surroundings.Predecessor is S7commProtocol before && before._device == _device
            ? before._memories // a reload is no restart of the device
            : new S7Memories(
                new S7Blocks(settings.Memory, surroundings.Seed),
                new DownloadStore(Path.Combine(surroundings.StateDirectory, "downloads")),
                new ReturnToRun(surroundings.Cpu, surroundings.Time));
        _memories.Downloads.MostBytes = settings.DownloadTotal;
        if (!Enabled) return;
        var server = new S7Server(settings, surroundings.Cpu, _memories);
        TcpPorts = [new TcpPort(settings.Port, settings.Connections, settings.IdleTimeout, settings.Latency, () => new S7Conversation(server, settings, surroundings.Cpu))];
    }

    public string Name => "s7comm";

    public bool Enabled { get; }

    public IReadOnlyList<TcpPort> TcpPorts { get; } = [];

    public static IProtocol Create(ProtocolSurroundings surroundings) =>
        new S7commProtocol(S7Settings.Read(surroundings.Section, surroundings.Cpu.Image, surroundings.Seed, surroundings.LowPorts), surroundings);

    public void Retire()
    {
        _memories.Return.Dispose();
        _memories.Downloads.Finish(TimeSpan.FromSeconds(2));
    }
}
