using Conpot.Pi.Config;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.S7comm;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>An S7 conversation on a test bench.</summary>
internal sealed class S7Bench : StreamBench
{
    public static readonly DeviceSeed Seed = DeviceSeed.From("bench");

    /// <summary>S7comm of a sensor: connect to rack 0, slot 2, and agree on 240 bytes.</summary>
    public static readonly byte[] Hello = Convert.FromHexString("0300001611E00000000400C1020100C2020102C0010A"), Setup = Convert.FromHexString("0300001902F08032010000000000080000F0000001000101E0");

    private readonly S7Settings _settings;
    private readonly CpuSettings _plc;
    private S7Server? _server;

    public S7Bench(string profile = "s7-200", params string[] overrides) : base("s7comm", 102, 2048)
    {
        var errors = new ConfigErrors();
        var file = ConfigFile.Empty("bench", errors);
        foreach (var text in overrides) file.Set(text);
        var profileRoot = PlcProfile.Load(profile, errors).Root;
        _plc = CpuSettings.Read(file.Root.Section("plc").Over(profileRoot.Section("plc")));
        using var cpu = new Cpu(new ProcessImage(), IoProgram.Empty, _plc, Time);
        _settings = S7Settings.Read(
            file.Root.Section("s7comm").Over(profileRoot.Section("s7comm")), file.Root.Section("identity").Over(profileRoot.Section("identity")), cpu, Seed, lowPorts: true);
        file.ReportUnread();
        Assert.Empty(errors.InOrder);
        PowerOn();
    }

    protected override CpuSettings Plc => _plc;

    /// <summary>A connection over which PDUs may be sent.</summary>
    /// <param name="size">Code of the transport's size: 0a is 1024 bytes, 07 is 128.</param>
    public Stream Talk(byte size = 0x0A)
    {
        var stream = Connect();
        Assert.Equal(22, stream.Send([.. Hello[..^1], size]).Length);
        Assert.Equal(27, stream.Send(Setup).Length);
        return stream;
    }

    protected override void SwitchedOn() => _server =
        new S7Server(_settings, Cpu, new S7Device(Cpu, Seed, Time, TimeSpan.FromHours(50)), new S7Memories(new S7Blocks(_settings.Memory, Seed), new DownloadStore(Path.Combine(Folder, "downloads"), write => write()), new ReturnToRun(Cpu, Time)));

    protected override IConversation Converse() => new S7Conversation(_server!, _settings, Cpu);
}
