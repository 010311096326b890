using Conpot.Pi.Config;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.Modbus;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Modbus;

/// <summary>A Modbus conversation on a test bench.</summary>
internal sealed class ModbusBench : StreamBench
{
    private readonly ModbusSettings _settings;
    private ModbusConversation? _conversation;

    public ModbusBench(string profile = "s7-200", params string[] overrides) : base("modbus", 502, Mbap.LongestFrame)
    {
        var errors = new ConfigErrors();
        var file = ConfigFile.Empty("bench", errors);
        foreach (var text in overrides) file.Set(text);
        _settings = ModbusSettings.Read(file.Root.Section("modbus").Over(PlcProfile.Load(profile, errors).Root.Section("modbus")), new ProcessImage(), lowPorts: true);
        file.ReportUnread();
        Assert.Empty(errors.InOrder);
        PowerOn();
    }

    protected override void SwitchedOn() => _conversation = new ModbusConversation(new ModbusServer(_settings, Cpu), Cpu);

    protected override IConversation Converse() => _conversation!; // one serves them all
}
