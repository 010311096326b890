using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>S7 communication over ISO-on-TCP, as STEP 7, WinCC and attackers speak it.</summary>
internal sealed class S7commProtocol : IProtocol
{
    private readonly S7Device _device;
    private readonly S7Memories _memories;
    private readonly (Cpu Cpu, string Blocks, string Directory) _place;

    private S7commProtocol(S7Settings settings, ProtocolSurroundings surroundings)
    {
        var before = surroundings.Predecessor as S7commProtocol;
        // The clock and the diagnostic buffer belong to the CPU: as long as a reload keeps it, they go on.
        _device = before is not null && before._device.Cpu == surroundings.Cpu
            ? before._device
            : new S7Device(surroundings.Cpu, surroundings.Seed, surroundings.Time, TimeSpan.FromMilliseconds(Environment.TickCount64));
        // So do the blocks, unless the settings name others.
        _place = (surroundings.Cpu, $"{settings.Memory.IsS7200} {string.Join(' ', settings.Memory.Blocks)}", surroundings.StateDirectory);
        _memories = before is not null && before._place == _place
            ? before._memories
            : new S7Memories(
                new S7Blocks(settings.Memory, surroundings.Seed),
                new DownloadStore(Path.Combine(surroundings.StateDirectory, "downloads")),
                new ReturnToRun(surroundings.Cpu, surroundings.Time));
        Settings = settings;
        Enabled = settings.Enabled;
        if (!Enabled) return;
        _memories.Downloads.MostBytes = settings.DownloadTotal;
        var cpu = surroundings.Cpu; // captured alone: the surroundings themselves would keep all predecessors
        var server = new S7Server(settings, cpu, _device, _memories);
        TcpPorts = [new TcpPort(settings.Port, settings.Connections, settings.IdleTimeout, settings.Latency, () => new S7Conversation(server, settings, cpu))];
    }

    public string Name => "s7comm";

    public bool Enabled { get; }

    public long LostFiles => _memories.Downloads.Lost;

    public S7Settings Settings { get; }

    public IReadOnlyList<TcpPort> TcpPorts { get; } = [];

    public static IProtocol Create(ProtocolSurroundings surroundings) =>
        new S7commProtocol(S7Settings.Read(surroundings.Section, surroundings.Identity, surroundings.Cpu, surroundings.Seed, surroundings.LowPorts), surroundings);

    public void Retire(IProtocol? successor)
    {
        if (successor is S7commProtocol next && next._memories == _memories) return; // they go on with it
        _memories.Return.Dispose();
        _memories.Downloads.Finish(TimeSpan.FromSeconds(2));
    }
}
