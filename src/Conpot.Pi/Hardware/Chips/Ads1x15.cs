using System.Buffers.Binary;
using System.Device.I2c;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>The converters ADS1115 (16 bits) and ADS1015 (12 bits, left-justified in the same register), one conversion at a time.</summary>
/// <remarks>Datasheets SBAS444 and SBAS473, "Config Register".</remarks>
internal sealed class Ads1x15(I2cDevice device, bool sixteenBits, ChipPoint[] inputs) : Chip
{
    public const byte Conversion = 0x00;
    public const byte Config = 0x01;

    /// <summary>OS: written, it begins a conversion; read, none is under way.</summary>
    public const ushort OperationalStatus = 0x8000;

    /// <summary>MODE: single-shot, asleep in between.</summary>
    public const ushort SingleShot = 0x0100;

    /// <summary>DR = 100: 128 samples a second, on the ADS1015 1600.</summary>
    public const ushort DataRate = 0x0080;

    /// <summary>COMP_QUE = 11: no comparator.</summary>
    public const ushort ComparatorOff = 0x0003;

    private const int MuxShift = 12;
    private const int GainShift = 9;

    /// <summary>MUX 100 and up: inputs against ground.</summary>
    public const int AgainstGround = 4;

    /// <summary>PGA 000 to 101.</summary>
    public static readonly double[] Ranges = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256];

    /// <summary>MUX 000 to 011.</summary>
    public static readonly string[] Pairs = ["ch0-ch1", "ch0-ch3", "ch1-ch3", "ch2-ch3"];

    private const int MostLooks = 20;
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(1);

    // One conversion and the oscillator's 10 % (SBAS444, "Electrical Characteristics", data rate variation).
    private readonly TimeSpan _conversion = TimeSpan.FromMilliseconds(sixteenBits ? 9 : 1);
    private readonly PointClock _clock = new(inputs);
    private int _converting = -1;
    private int _looks;

    /// <summary>The code of a range in volts, or -1.</summary>
    public static int Gain(double range) => Array.IndexOf(Ranges, range);

    /// <summary>Nothing stays in the chip: every conversion brings its configuration.</summary>
    public override void Configure(ReadOnlySpan<int> outputs) => Read(Config);

    public override TimeSpan Sample(TimeSpan now, Span<double> readings)
    {
        if (_converting < 0)
            return Begin(now);
        if ((Read(Config) & OperationalStatus) == 0)
            return ++_looks < MostLooks ? s_lookAgain : throw new IOException("a conversion does not end");
        var point = inputs[_converting];
        readings[_converting] = (short)Read(Conversion) * point.Range / 32768;
        _clock.Done(_converting, now);
        _converting = -1;
        return _clock.Wait(now);
    }

    public override void Dispose() => device.Dispose();

    private TimeSpan Begin(TimeSpan now)
    {
        var wait = _clock.Wait(now);
        if (wait > TimeSpan.Zero)
            return wait;
        (_converting, _looks) = (_clock.Next(), 0);
        var point = inputs[_converting];
        var config = (ushort)(OperationalStatus | point.Channel << MuxShift | Gain(point.Range) << GainShift | SingleShot | DataRate | ComparatorOff);
        device.Write([Config, (byte)(config >> 8), (byte)config]);
        return _conversion;
    }

    private ushort Read(byte register)
    {
        Span<byte> value = stackalloc byte[2];
        device.WriteRead([register], value);
        return BinaryPrimitives.ReadUInt16BigEndian(value);
    }
}
