namespace Conpot.Pi.Hardware.Chips;

/// <summary>The sensor BME280: temperature, humidity and pressure, measured when asked (forced mode). A BMP280 serves where no humidity is wanted.</summary>
/// <remarks>Datasheet BST-BME280-DS002, 5.3 "Memory map".</remarks>
internal sealed class Bme280(Registers registers, ChipPoint[] inputs) : Chip
{
    public const byte Calibration00 = 0x88;
    public const byte Id = 0xD0;
    public const byte Calibration26 = 0xE1;
    public const byte CtrlHum = 0xF2;
    public const byte Status = 0xF3;
    public const byte CtrlMeas = 0xF4;
    public const byte PressMsb = 0xF7;

    public const byte Bme280Id = 0x60;
    public const byte Bmp280Id = 0x58;

    /// <summary>osrs_h: one sample.</summary>
    public const byte HumidityOnce = 0x01;

    /// <summary>osrs_t and osrs_p: one sample each; mode 01: forced.</summary>
    public const byte MeasureOnce = 0x25;

    /// <summary>status.measuring</summary>
    public const byte Measuring = 0x08;

    /// <summary>The channels, in the order of <see cref="Quantities"/>.</summary>
    public static readonly string[] Quantities = ["temperature", "humidity", "pressure"];

    private const int Humidity = 1;
    private const int MostLooks = 20;

    // 9.1, "Measurement time": 1.25 + 2.3 + (2.3 + 0.575) + (2.3 + 0.575) ms at the most.
    private static readonly TimeSpan s_conversion = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(2);

    private readonly TimeSpan _every = inputs.Min(point => point.Every);
    private Bme280Calibration _calibration;
    private bool _measuring;
    private int _looks;

    public override void Configure(ReadOnlySpan<int> outputs)
    {
        var id = registers.Read(Id);
        if (id != Bme280Id && (id != Bmp280Id || inputs.Any(point => point.Channel == Humidity)))
            throw new IOException(id == Bmp280Id ? "this is a BMP280, which measures no humidity" : $"the chip's id reads 0x{id:X2}, a BME280's is 0x60");
        Span<byte> low = stackalloc byte[26];
        Span<byte> high = stackalloc byte[7];
        registers.Read(Calibration00, low);
        high.Clear();
        if (id == Bme280Id)
            registers.Read(Calibration26, high);
        _calibration = Bme280Calibration.Read(low, high);
        _measuring = false;
    }

    public override TimeSpan Sample(TimeSpan now, Span<double> readings)
    {
        if (!_measuring)
        {
            // ctrl_hum takes effect with the write to ctrl_meas that follows it (5.4.3).
            registers.Write(CtrlHum, HumidityOnce);
            registers.Write(CtrlMeas, MeasureOnce);
            (_measuring, _looks) = (true, 0);
            return s_conversion;
        }
        if ((registers.Read(Status) & Measuring) != 0)
            return ++_looks < MostLooks ? s_lookAgain : throw new IOException("a measurement does not end");
        _measuring = false;
        Span<byte> raw = stackalloc byte[8];
        registers.Read(PressMsb, raw);
        var air = _calibration.Compensate(Twenty(raw), Twenty(raw[3..]), raw[6] << 8 | raw[7]);
        for (var i = 0; i < inputs.Length; i++)
            readings[i] = inputs[i].Channel switch { 0 => air.Temperature, Humidity => air.Humidity, _ => air.Pressure };
        return _every - s_conversion;
    }

    public override void Dispose() => registers.Dispose();

    private static int Twenty(ReadOnlySpan<byte> raw) => raw[0] << 12 | raw[1] << 4 | raw[2] >> 4;
}
