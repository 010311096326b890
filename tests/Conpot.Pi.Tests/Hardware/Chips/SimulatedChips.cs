using Xunit;

namespace Conpot.Pi.Tests.Hardware.Chips;

/// <summary>An MCP23017, written from its datasheet's table 3-1 and not from our driver: registers by their numbers of BANK = 0, and where BANK = 1 has them.</summary>
internal sealed class SimulatedMcp23017 : RegisterChip
{
    public SimulatedMcp23017() => PowerUp();

    /// <summary>The register behind a number: with IOCON.BANK = 1 port A is 0x00..0x0A and port B 0x10..0x1A.</summary>
    public static int Register(int number, byte control) => (control & 0x80) == 0 ? number : 2 * (number & 0x0F) + (number >> 4 & 1);

    /// <summary>The levels at the pins from outside, port B high.</summary>
    public ushort Levels { get; set; }

    public ushort IoDir => Pair(0x00);

    public ushort IPol => Pair(0x02);

    public ushort GpPu => Pair(0x0C);

    public ushort OLat => Pair(0x14);

    /// <summary>What the outputs drive, pins that are inputs as zero.</summary>
    public int Driven => OLat & ~IoDir;

    /// <summary>Power-on reset: IODIR all ones, everything else zero.</summary>
    public void PowerUp()
    {
        Array.Clear(Cells);
        Cells[0x00] = Cells[0x01] = 0xFF;
    }

    protected override void Store(int register, byte value)
    {
        register = Register(register, Cells[0x0A]);
        Cells[register] = value;
        if (register is 0x0A or 0x0B)
            Cells[0x0A] = Cells[0x0B] = value; // one register at two places
    }

    protected override byte Fetch(int register)
    {
        register = Register(register, Cells[0x0A]);
        if (register is not (0x12 or 0x13))
            return Cells[register];
        var pins = (Levels & IoDir | OLat & ~IoDir) ^ IPol & IoDir;
        return (byte)(register == 0x12 ? pins : pins >> 8);
    }

    private ushort Pair(int register) => (ushort)(Cells[register] | Cells[register + 1] << 8);
}

/// <summary>Up to eight MCP23S17 on one chip select (DS20001952, 3.3.1): without HAEN a chip takes address 0 for its own.</summary>
internal sealed class SimulatedMcp23S17(params int[] addresses) : SimulatedChip
{
    public Dictionary<int, byte[]> Cells { get; } = addresses.ToDictionary(address => address, _ => new byte[32]);

    public Dictionary<int, byte> Levels { get; } = addresses.ToDictionary(address => address, _ => (byte)0);

    public override void Exchange(ReadOnlySpan<byte> send, Span<byte> receive)
    {
        Assert.Equal(0x40, send[0] & 0xF0);
        foreach (var (address, cells) in Cells)
        {
            var own = (cells[0x0A] & 0x08) != 0 ? address : 0;
            if ((send[0] >> 1 & 7) != own)
                continue;
            for (var i = 2; i < send.Length; i++)
            {
                var register = SimulatedMcp23017.Register(send[1] + i - 2, cells[0x0A]);
                if ((send[0] & 1) != 0)
                    receive[i] = register == 0x12 ? Levels[address] : cells[register];
                else if (register is 0x0A or 0x0B)
                    cells[0x0A] = cells[0x0B] = send[i]; // one register at two places
                else
                    cells[register] = send[i];
            }
        }
    }

    protected override void Receive(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    protected override void Answer(Span<byte> bytes) => throw new NotSupportedException();
}

/// <summary>An ADS1115 (SBAS444, config register), or an ADS1015 (SBAS473): converts when OS is written, and needs its time for it.</summary>
internal sealed class SimulatedAds1115(TimeProvider time, bool twelveBits = false) : SimulatedChip
{
    private static readonly double[] Ranges = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256];

    private ushort _config = 0x8583; // reset value
    private int _pointer;
    private long _started;
    private bool _converting;

    public double[] Volts { get; } = new double[4];

    public List<ushort> Configs { get; } = [];

    public bool Stuck { get; set; }

    protected override void Receive(ReadOnlySpan<byte> bytes)
    {
        _pointer = bytes[0];
        if (bytes.Length != 3 || _pointer != 1)
            return;
        _config = (ushort)(bytes[1] << 8 | bytes[2]);
        Configs.Add(_config);
        _converting = (_config & 0x8000) != 0;
        _started = time.GetTimestamp();
    }

    protected override void Answer(Span<byte> bytes)
    {
        // DR 100: 128 samples a second, or 1600.
        if (!Stuck && time.GetElapsedTime(_started) >= TimeSpan.FromSeconds(twelveBits ? 1 / 1600.0 : 1 / 128.0))
            _converting = false;
        var value = _pointer == 1 ? (ushort)(_config & 0x7FFF | (_converting ? 0 : 0x8000)) : Code();
        (bytes[0], bytes[1]) = ((byte)(value >> 8), (byte)value);
    }

    private ushort Code()
    {
        var volts = (_config >> 12 & 7) switch
        {
            0 => Volts[0] - Volts[1],
            1 => Volts[0] - Volts[3],
            2 => Volts[1] - Volts[3],
            3 => Volts[2] - Volts[3],
            var single => Volts[single - 4],
        };
        var code = (ushort)(short)Math.Clamp(Math.Round(volts / Ranges[_config >> 9 & 7] * 32768), short.MinValue, short.MaxValue);
        return twelveBits ? (ushort)(code & 0xFFF0) : code;
    }
}

/// <summary>An MCP3008 (DS21295, figure 6-1) with 3.3 V for its reference.</summary>
internal sealed class SimulatedMcp3008 : SimulatedChip
{
    public double[] Volts { get; } = new double[8];

    /// <summary>Its data line is off, and a pull-up holds ours high.</summary>
    public bool Floating { get; set; }

    public List<byte[]> Sent { get; } = [];

    public override void Exchange(ReadOnlySpan<byte> send, Span<byte> receive)
    {
        Sent.Add(send.ToArray());
        var channel = send[1] >> 4;
        var volts = (channel & 8) != 0 ? Volts[channel & 7] : Volts[channel & 7] - Volts[channel & 7 ^ 1];
        var code = (int)Math.Clamp(volts / 3.3 * 1024, 0, 1023);
        (receive[0], receive[1], receive[2]) = Floating ? ((byte)0xFF, (byte)0xFF, (byte)0xFF) : ((byte)0, (byte)(code >> 8), (byte)code);
    }

    protected override void Receive(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    protected override void Answer(Span<byte> bytes) => throw new NotSupportedException();
}

/// <summary>A PCA9685: its prescaler takes a value in sleep only (datasheet 7.3.5).</summary>
internal sealed class SimulatedPca9685 : RegisterChip
{
    public SimulatedPca9685() => PowerUp();

    public void PowerUp()
    {
        Array.Clear(Cells);
        (Cells[0x00], Cells[0x01], Cells[0xFE]) = (0x11, 0x04, 0x1E);
        for (var output = 0; output < 16; output++)
            Cells[0x09 + 4 * output] = 0x10;
    }

    /// <summary>0..4096 of a period.</summary>
    public int Width(int output)
    {
        var cells = Cells.AsSpan(6 + 4 * output, 4);
        if ((cells[3] & 0x10) != 0)
            return 0;
        return (cells[1] & 0x10) != 0 ? 4096 : (cells[2] | cells[3] << 8) - (cells[0] | cells[1] << 8);
    }

    protected override void Store(int register, byte value)
    {
        if (register != 0xFE || (Cells[0] & 0x10) != 0)
            Cells[register] = value;
    }

    protected override void Receive(ReadOnlySpan<byte> bytes)
    {
        Assert.True(bytes.Length < 3 || (Cells[0] & 0x20) != 0, "more than one byte without MODE1.AI");
        base.Receive(bytes);
    }
}

/// <summary>A BME280 with the calibration and the readings of the worked example in the BMP280's datasheet (BST-BMP280-DS001, 3.12).</summary>
internal sealed class SimulatedBme280 : RegisterChip
{
    public SimulatedBme280()
    {
        Cells[0xD0] = 0x60;
        Words(0x88, 27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000);
        // The humidity's numbers of a chip at hand: H1 = 75, H2 = 360, H3 = 0, H4 = 324, H5 = 50, H6 = 30.
        (Cells[0xA1], Cells[0xE1], Cells[0xE2], Cells[0xE3]) = (75, 0x68, 0x01, 0);
        (Cells[0xE4], Cells[0xE5], Cells[0xE6], Cells[0xE7]) = (324 >> 4, 324 & 15 | (50 & 15) << 4, 50 >> 4, 30);
    }

    public int Measurements { get; private set; }

    protected override void Store(int register, byte value)
    {
        base.Store(register, value);
        if (register != 0xF4 || (value & 3) != 1)
            return;
        Measurements++;
        Twenty(0xF7, 415148);
        Twenty(0xFA, 519888);
        (Cells[0xFD], Cells[0xFE]) = (0x66, 0x66);
    }

    private void Words(int register, params int[] values)
    {
        foreach (var value in values)
            (Cells[register++], Cells[register++]) = ((byte)value, (byte)(value >> 8));
    }

    private void Twenty(int register, int value) =>
        (Cells[register], Cells[register + 1], Cells[register + 2]) = ((byte)(value >> 12), (byte)(value >> 4), (byte)(value << 4));
}
