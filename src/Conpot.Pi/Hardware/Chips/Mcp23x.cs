namespace Conpot.Pi.Hardware.Chips;

/// <summary>The port expanders MCP23008 (one port), MCP23017 and MCP23S17 (two ports, the latter on SPI).</summary>
/// <remarks>Datasheets DS20001919 and DS20001952, table "Register addresses": with IOCON.BANK = 0 a register of the larger chip is twice the smaller's number, plus one for port B.</remarks>
internal sealed class Mcp23x(Registers registers, int ports, ChipPoint[] inputs, ChipPoint[] outputs) : Chip
{
    public const byte IoDir = 0x00;
    public const byte IPol = 0x01;
    public const byte IoCon = 0x05;
    public const byte GpPu = 0x06;
    public const byte Gpio = 0x09;
    public const byte OLat = 0x0A;

    /// <summary>IOCON.HAEN: the SPI chip minds its address pins.</summary>
    public const byte HardwareAddressEnable = 0x08;

    public const int PinsOfPort = 8;

    /// <summary>Where IOCON is while BANK = 1, as another program may have left a chip of two ports; with BANK = 0 it is GPINTENB there, which stays 0.</summary>
    public const byte IoConOfBank1 = 0x05;

    private readonly ushort _inputs = Mask(outputs, _ => true, others: true);
    private readonly ushort _polarity = Mask(inputs, point => point.ActiveLow);
    private readonly ushort _pullUps = Mask(inputs, point => point.PullUp);
    private readonly TimeSpan _every = inputs.Length == 0 ? Never : inputs.Min(point => point.Every);
    private readonly byte _control = registers is SpiRegisters ? HardwareAddressEnable : (byte)0;
    private int _heldLevels;
    private int _direction;

    public override void Configure(ReadOnlySpan<int> wanted)
    {
        if (ports == 2)
            registers.Write(IoConOfBank1, 0);
        if (registers is SpiRegisters spi)
        {
            // That may have cost the chip its address.
            spi.WriteUnaddressed(IoConOfBank1, 0);
            spi.WriteUnaddressed(Register(IoCon), _control);
        }
        registers.Write(Register(IoCon), _control);
        // What holds keeps its level, and a pin that drives nothing yet does not begin to.
        var held = HeldPins(wanted);
        _heldLevels = held == 0 ? 0 : Read(OLat) & held;
        _direction = held == 0 ? _inputs : _inputs | Read(IoDir) & held;
        // The latches before the directions: a pin that becomes an output shows the right level at once.
        PutLevels(wanted, held);
        Write(IPol, _polarity);
        Write(GpPu, _pullUps);
        Write(IoDir, _direction);
        // SPI has no acknowledge: a chip that is not there is found by what it does not say.
        if (!Verify())
            throw new IOException($"IODIR reads 0x{Read(IoDir):X} instead of 0x{_direction & Pins:X}");
    }

    public override bool Verify() =>
        Read(IoDir) == (_direction & Pins) && Read(GpPu) == _pullUps && Read(IPol) == _polarity && registers.Read(Register(IoCon)) == _control;

    public override void Put(ReadOnlySpan<int> wanted)
    {
        var held = HeldPins(wanted);
        PutLevels(wanted, held);
        var direction = _inputs | _direction & held;
        if (direction == _direction)
            return;
        Write(IoDir, direction);
        _direction = direction;
    }

    public override TimeSpan Sample(TimeSpan now, Span<double> readings)
    {
        if (inputs.Length == 0)
            return Never;
        var levels = Read(Gpio);
        for (var i = 0; i < inputs.Length; i++)
            readings[i] = levels >> inputs[i].Channel & 1;
        return _every;
    }

    public override void Dispose() => registers.Dispose();

    private void PutLevels(ReadOnlySpan<int> wanted, int held)
    {
        var levels = _heldLevels & held;
        for (var i = 0; i < outputs.Length; i++)
        {
            if (wanted[i] != Held && wanted[i] != 0 != outputs[i].ActiveLow)
                levels |= 1 << outputs[i].Channel;
        }
        if (outputs.Length > 0)
            Write(OLat, levels);
    }

    private int HeldPins(ReadOnlySpan<int> wanted)
    {
        var held = 0;
        for (var i = 0; i < outputs.Length; i++)
            held |= wanted[i] == Held ? 1 << outputs[i].Channel : 0;
        return held;
    }

    private int Pins => ports == 1 ? 0xFF : 0xFFFF;

    private byte Register(byte register) => (byte)(register * ports);

    private void Write(byte register, int value)
    {
        if (ports == 1)
            registers.Write(Register(register), (byte)value);
        else
            registers.Write(Register(register), (byte)value, (byte)(value >> 8));
    }

    private int Read(byte register)
    {
        Span<byte> value = stackalloc byte[2];
        value.Clear();
        registers.Read(Register(register), value[..ports]);
        return value[0] | value[1] << 8;
    }

    /// <summary>Pins that nobody named stay as they are at power-up: inputs, as they come.</summary>
    private static ushort Mask(ChipPoint[] points, Func<ChipPoint, bool> chosen, bool others = false)
    {
        var mask = points.Where(chosen).Aggregate(0, (mask, point) => mask | 1 << point.Channel);
        return (ushort)(others ? ~mask : mask);
    }
}
