using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Modbus;

/// <summary>[modbus]: what the device's Modbus server has, which units it shows, and what it does when it does not serve.</summary>
internal sealed record ModbusSettings
{
    public required bool Enabled { get; init; }
    public required int Port { get; init; }
    public required int Connections { get; init; }
    public required TimeSpan IdleTimeout { get; init; }
    public required (TimeSpan From, TimeSpan To) Latency { get; init; }

    /// <summary>Indexed by function code.</summary>
    public required bool[] Functions { get; init; }

    /// <summary>Indexed by unit identifier; null is unknown.</summary>
    public required ModbusUnit?[] Units { get; init; }

    /// <summary>The map of an unknown unit when <see cref="UnknownUnit"/> is <see cref="Refusal.None"/>.</summary>
    public required ModbusUnit DefaultUnit { get; init; }

    public required Refusal UnknownUnit { get; init; }

    /// <summary>What becomes of requests while the CPU is in STOP.</summary>
    public required Refusal Stop { get; init; }

    /// <summary>Unit 0 is a broadcast, as on a serial line: writes are done, nothing is answered.</summary>
    public required bool BroadcastOnZero { get; init; }

    /// <summary>Registers that one FC 3 or FC 16 may name.</summary>
    public required int RegistersPerRequest { get; init; }

    /// <summary>FC 15 only writes whole bytes of coils.</summary>
    public required bool ByteAlignedCoilWrites { get; init; }

    /// <summary>What FC 17 answers behind its function code.</summary>
    public required byte[] ServerId { get; init; }

    public required DeviceIdentification Identification { get; init; }

    /// <param name="image">The addresses must exist on this CPU.</param>
    public static ModbusSettings Read(ConfigSection section, ProcessImage image, bool lowPorts)
    {
        var functions = new bool[256];
        foreach (var code in section.Integers("functions", 1, 127))
        {
            if (Array.IndexOf(FunctionCode.All, (byte)code) < 0)
                section.Error("functions", $"function {code} in [modbus] is not one the engine knows; allowed: {string.Join(", ", FunctionCode.All)}");
            else
                functions[code] = true;
        }
        var units = new ModbusUnit?[256];
        foreach (var unit in section.Sections("unit"))
        {
            var id = (int)unit.Integer("id", -1, 0, 255);
            var tables = ReadUnit(unit, image);
            if (id < 0)
            {
                if (!unit.Has("id")) unit.Error("id", "[[modbus.unit]] has no 'id'; add id = 1 (0 to 255)");
            }
            else if (units[id] is not null)
            {
                unit.Error("id", $"unit {id} stands in [[modbus.unit]] twice; give each its own id");
            }
            else
            {
                units[id] = tables;
            }
        }
        return new ModbusSettings
        {
            Enabled = section.Flag("enabled", true),
            Port = (int)section.Integer("port", lowPorts ? 502 : 5020, 1, 65535),
            // 64: the connections of a CP 443-1 over Industrial Ethernet (manual C79000-G8976-C193, "Performance data").
            Connections = (int)section.Integer("connections", 64, 1, 65535),
            IdleTimeout = section.Duration("idle_timeout", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(7)),
            Latency = section.DurationRange("latency", (TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(6)), TimeSpan.FromSeconds(10)),
            Functions = functions,
            Units = units,
            DefaultUnit = ReadUnit(section, image),
            UnknownUnit = ReadRefusal(section, "unknown_unit", "echo"),
            Stop = ReadRefusal(section, "stop", "answer"),
            BroadcastOnZero = section.Choice("unit_zero", "answer", "answer", "broadcast") == "broadcast",
            RegistersPerRequest = (int)section.Integer("registers_per_request", 125, 1, 125),
            ByteAlignedCoilWrites = section.Flag("coil_writes_byte_aligned", false),
            ServerId = section.Parsed<byte[]>("server_id", [0x02, 0x01, 0xFF], TryParseHex),
            Identification = DeviceIdentification.Read(section.Section("identification")),
        };
    }

    private static ModbusUnit ReadUnit(ConfigSection section, ProcessImage image) => new(
        ReadTable(section, "coils", bits: true, image),
        ReadTable(section, "discrete_inputs", bits: true, image),
        ReadTable(section, "input_registers", bits: false, image),
        ReadTable(section, "holding_registers", bits: false, image));

    private static RegisterTable ReadTable(ConfigSection section, string key, bool bits, ProcessImage image)
    {
        var windows = new List<TableWindow>();
        foreach (var text in section.Texts(key))
        {
            if (!TableWindow.TryParse(text, bits, out var window, out var problem))
                section.Error(key, problem);
            else if (!image.Fits(window.Range))
                section.Error(key, $"'{window.Range}' is beyond this CPU's memory; {window.Range.Area} ends after byte {image.Size(window.Range.Area) - 1}");
            else if (windows.Find(w => w.At <= window.At && window.At + window.Range.Count <= w.At + w.Range.Count) is { Range.Count: > 0 } first)
                section.Error(key, $"'{text}' is never reached, as PDU addresses {window.At} to {window.At + window.Range.Count - 1} are those of '{first.Range}'; write \"{window.Range} at {first.At + first.Range.Count}\"");
            else
                windows.Add(window);
        }
        return windows.Count == 0 ? RegisterTable.Empty : new RegisterTable([.. windows]);
    }

    private static Refusal ReadRefusal(ConfigSection section, string key, string serve) =>
        section.Choice(key, serve, serve, "exception 4", "exception 11", "silence") switch
        {
            "exception 4" => Refusal.DeviceFailure,
            "exception 11" => Refusal.GatewayTargetFailed,
            "silence" => Refusal.Silence,
            _ => Refusal.None,
        };

    private static bool TryParseHex(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? value, out string problem)
    {
        value = null;
        problem = $"\"{text}\" is no list of bytes; write hexadecimal pairs, such as \"02 01 FF\" (at most 252)";
        var digits = text.Replace(" ", "", StringComparison.Ordinal);
        if (digits.Length is 0 or > 504 || digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit)) return false;
        value = Convert.FromHexString(digits);
        return true;
    }
}
