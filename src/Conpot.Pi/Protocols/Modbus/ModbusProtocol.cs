namespace Conpot.Pi.Protocols.Modbus;

/// <summary>Modbus TCP as the device speaks it.</summary>
internal sealed class ModbusProtocol : IProtocol
{
    private ModbusProtocol(ModbusSettings settings, ProtocolSurroundings surroundings)
    {
        (Settings, Enabled) = (settings, settings.Enabled);
        var conversation = new ModbusConversation(new ModbusServer(settings, surroundings.Cpu), surroundings.Cpu);
        TcpPorts = [new TcpPort(settings.Port, settings.Connections, settings.IdleTimeout, settings.Latency, () => conversation)];
    }

    public string Name => "modbus";

    public bool Enabled { get; }

    public ModbusSettings Settings { get; }

    public IReadOnlyList<TcpPort> TcpPorts { get; }

    public static IProtocol Create(ProtocolSurroundings surroundings) =>
        new ModbusProtocol(ModbusSettings.Read(surroundings.Section, surroundings.Cpu.Image, surroundings.LowPorts), surroundings);
}
