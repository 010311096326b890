using static System.Buffers.Binary.BinaryPrimitives;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>What the sensor says of the air: degrees Celsius, percent, hectopascal.</summary>
internal readonly record struct Air(double Temperature, double Humidity, double Pressure);

/// <summary>The factory's numbers in a BME280, and the formulas that make sense of its readings with them.</summary>
/// <remarks>Datasheet BST-BME280-DS002, table 16 (names and places) and 8.1 (formulas in double precision).</remarks>
internal readonly record struct Bme280Calibration
{
    private readonly ushort _t1, _p1;
    private readonly short _t2, _t3, _p2, _p3, _p4, _p5, _p6, _p7, _p8, _p9, _h2, _h4, _h5;
    private readonly byte _h1, _h3;
    private readonly sbyte _h6;

    private Bme280Calibration(ReadOnlySpan<byte> low, ReadOnlySpan<byte> high)
    {
        (_t1, _t2, _t3) = (ReadUInt16LittleEndian(low), Signed(low, 2), Signed(low, 4));
        (_p1, _p2, _p3) = (ReadUInt16LittleEndian(low[6..]), Signed(low, 8), Signed(low, 10));
        (_p4, _p5, _p6) = (Signed(low, 12), Signed(low, 14), Signed(low, 16));
        (_p7, _p8, _p9) = (Signed(low, 18), Signed(low, 20), Signed(low, 22));
        (_h1, _h2, _h3) = (low[25], Signed(high, 0), high[2]);
        // dig_H4 and dig_H5 are 12 bits wide and share the byte at 0xE5.
        _h4 = (short)((sbyte)high[3] << 4 | high[4] & 0x0F);
        _h5 = (short)((sbyte)high[5] << 4 | high[4] >> 4);
        _h6 = (sbyte)high[6];
    }

    /// <param name="low">0x88..0xA1</param>
    /// <param name="high">0xE1..0xE7</param>
    public static Bme280Calibration Read(ReadOnlySpan<byte> low, ReadOnlySpan<byte> high) => new(low, high);

    public Air Compensate(int pressure, int temperature, int humidity)
    {
        var fine = Fine(temperature);
        return new(fine / 5120, Humidity(humidity, fine), Pressure(pressure, fine) / 100);
    }

    private double Fine(int raw)
    {
        var coarse = (raw / 16384.0 - _t1 / 1024.0) * _t2;
        var square = raw / 131072.0 - _t1 / 8192.0;
        return coarse + square * square * _t3;
    }

    private double Pressure(int raw, double fine)
    {
        var x = fine / 2 - 64000;
        var offset = (x * x * _p6 / 32768 + x * _p5 * 2) / 4 + _p4 * 65536.0;
        var slope = (1 + (_p3 * x * x / 524288 + _p2 * x) / 524288 / 32768) * _p1;
        if (slope == 0)
            return 0;
        var p = (1048576.0 - raw - offset / 4096) * 6250 / slope;
        return p + (_p9 * p * p / 2147483648 + p * _p8 / 32768 + _p7) / 16;
    }

    private double Humidity(int raw, double fine)
    {
        var x = fine - 76800;
        var h = (raw - (_h4 * 64.0 + _h5 / 16384.0 * x)) * (_h2 / 65536.0 * (1 + _h6 / 67108864.0 * x * (1 + _h3 / 67108864.0 * x)));
        return Math.Clamp(h * (1 - _h1 * h / 524288), 0, 100);
    }

    private static short Signed(ReadOnlySpan<byte> bytes, int at) => ReadInt16LittleEndian(bytes[at..]);
}
