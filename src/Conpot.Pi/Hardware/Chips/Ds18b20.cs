using System.Globalization;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>The 1-Wire thermometer DS18B20, through the kernel's files. To read one takes the 750 ms of a conversion; nobody but its own bus waits for it.</summary>
/// <remarks>Kernel documentation w1/slaves/w1_therm: "w1_slave" has the CRC's verdict and then t= in thousandths; "temperature" the number alone.</remarks>
internal sealed class Ds18b20(string folder, ChipPoint point) : Chip
{
    /// <summary>What it says before its first conversion (datasheet, table 1), after a dip in its supply too.</summary>
    private const int PowerOn = 85_000;

    private bool _doubted;

    public override void Configure(ReadOnlySpan<int> outputs)
    {
        if (!Directory.Exists(folder))
            throw new IOException("the kernel has not found it");
    }

    public override TimeSpan Sample(TimeSpan now, Span<double> readings)
    {
        var thousandths = Read();
        // 85 degrees once is no temperature; twice in a row it may be.
        _doubted = thousandths == PowerOn && !_doubted;
        if (!_doubted)
            readings[0] = thousandths / 1000.0;
        return point.Every;
    }

    /// <summary>Its files are open for the moment of a reading only.</summary>
    public override void Dispose()
    {
    }

    private int Read()
    {
        var file = Path.Combine(folder, "w1_slave");
        if (!File.Exists(file))
            return Number(File.ReadAllText(Path.Combine(folder, "temperature")));
        var text = File.ReadAllText(file);
        var at = text.IndexOf("t=", StringComparison.Ordinal);
        if (at < 0 || !text.Contains("YES", StringComparison.Ordinal))
            throw new IOException("the checksum of its answer is wrong");
        return Number(text[(at + 2)..]);
    }

    private static int Number(string text) =>
        int.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new IOException($"its answer is no number: '{text.Trim()}'");
}
