namespace Conpot.Pi.Hardware.Chips;

/// <summary>The PWM chip PCA9685: sixteen outputs of one frequency.</summary>
/// <remarks>Datasheet Rev. 4, table 4 "Register summary", 7.3.3 (LED outputs) and 7.3.5 (prescale).</remarks>
internal sealed class Pca9685(Registers registers, double frequency, ChipPoint[] outputs) : Chip
{
    public const byte Mode1 = 0x00;
    public const byte Mode2 = 0x01;
    public const byte Led0OnL = 0x06;
    public const byte PreScale = 0xFE;

    /// <summary>MODE1.AI: the register's number counts up.</summary>
    public const byte AutoIncrement = 0x20;

    /// <summary>MODE1.SLEEP: the oscillator is off; only then the prescaler takes a value.</summary>
    public const byte Sleep = 0x10;

    /// <summary>MODE2.OUTDRV: totem pole.</summary>
    public const byte OutDrv = 0x04;

    /// <summary>Bit 4 of LEDn_ON_H or LEDn_OFF_H: all on, or all off.</summary>
    public const byte Full = 0x10;

    public const double LeastFrequency = 24;
    public const double MostFrequency = 1526;

    private const double Oscillator = 25e6;
    private const int Steps = 4096;

    private readonly byte _preScale = (byte)Math.Clamp(Math.Round(Oscillator / (Steps * frequency)) - 1, 3, 255);

    public override void Configure(ReadOnlySpan<int> wanted)
    {
        var sleeps = registers.Read(PreScale) != _preScale || (registers.Read(Mode1) & Sleep) != 0;
        if (sleeps)
        {
            registers.Write(Mode1, AutoIncrement | Sleep);
            registers.Write(PreScale, _preScale);
        }
        registers.Write(Mode2, OutDrv);
        registers.Write(Mode1, AutoIncrement);
        Put(wanted);
        for (var i = 0; sleeps && i < outputs.Length; i++)
        {
            // A channel goes on after sleep when its registers are written (7.3.1.1).
            if (wanted[i] == Held)
                Renew(Register(i));
        }
    }

    public override bool Verify() => registers.Read(Mode1) == AutoIncrement && registers.Read(PreScale) == _preScale;

    public override void Put(ReadOnlySpan<int> wanted)
    {
        for (var i = 0; i < outputs.Length; i++)
        {
            if (wanted[i] == Held)
                continue;
            var width = (wanted[i] * Steps + ChipPoint.FullScale / 2) / ChipPoint.FullScale;
            var register = Register(i);
            if (width == Steps)
                registers.Write(register, 0, Full, 0, 0);
            else if (width == 0)
                registers.Write(register, 0, 0, 0, Full);
            else
                registers.Write(register, 0, 0, (byte)width, (byte)(width >> 8));
        }
    }

    public override void Dispose() => registers.Dispose();

    private byte Register(int output) => (byte)(Led0OnL + 4 * outputs[output].Channel);

    private void Renew(byte register)
    {
        Span<byte> values = stackalloc byte[4];
        registers.Read(register, values);
        registers.Write(register, values);
    }
}
