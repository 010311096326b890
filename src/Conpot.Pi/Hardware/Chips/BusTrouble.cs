namespace Conpot.Pi.Hardware.Chips;

/// <summary>What went wrong on a bus, in words for the person who wired it.</summary>
/// <remarks>System.Device.Gpio throws <see cref="IOException"/> with the number of the error in its text: "Error 2. Can not open I2C device file '/dev/i2c-1'."</remarks>
internal static class BusTrouble
{
    public static string OfBus(BusId bus, Exception exception)
    {
        var denied = exception is UnauthorizedAccessException || HasError(exception, 13) || HasError(exception, 1);
        if (denied)
            return $"no permission for {bus.Device}; let the sensor's user join the group {(bus.Kind == BusKind.Spi ? "spi" : "i2c")}";
        var missing = exception is DirectoryNotFoundException or FileNotFoundException || HasError(exception, 2);
        return missing ? $"{bus.Device} is not there; {Enable(bus)}" : $"{bus.Device} cannot be used ({exception.Message.TrimEnd('.')}); {Enable(bus)}";
    }

    /// <remarks>An SPI device is opened by its first transfer, and each chip select is a file of its own: it is the chip's trouble then.</remarks>
    public static string OfChip(BusId bus, Exception exception) => exception.Message.Contains(" open ", StringComparison.Ordinal) ? OfBus(bus, exception) : $"no answer ({Cause(exception)}); " + bus.Kind switch
    {
        BusKind.I2c => "check SDA, SCL, supply and the address jumpers",
        BusKind.Spi => "check SCLK, MOSI, MISO, the chip select and supply",
        _ => "check the data line, its 4.7 kilohm pull-up, supply and the number",
    };

    // i2c-dev: raspi-config loads it, dtparam alone does not.
    private static string Enable(BusId bus) => bus.Kind switch
    {
        BusKind.I2c when bus.Number == 1 => "enable I2C: dtparam=i2c_arm=on in config.txt and i2c-dev in /etc/modules-load.d/i2c.conf, or raspi-config, and restart",
        BusKind.I2c => $"enable it: dtoverlay=i2c{bus.Number} in config.txt and i2c-dev in /etc/modules-load.d/i2c.conf, and restart",
        BusKind.Spi when bus.Number == 0 => "enable SPI: dtparam=spi=on in config.txt, or raspi-config, and restart",
        BusKind.Spi => $"enable it: dtoverlay=spi{bus.Number}-1cs in config.txt, and restart",
        _ => "enable 1-Wire: dtoverlay=w1-gpio in config.txt, or raspi-config, and restart",
    };

    /// <summary>errno(3): what the I2C drivers of the kernel answer (Documentation/i2c/fault-codes).</summary>
    private static string Cause(Exception exception) => exception switch
    {
        _ when HasError(exception, 121) || HasError(exception, 6) => "not acknowledged",
        FileNotFoundException or DirectoryNotFoundException => "the kernel sees it no more",
        _ when HasError(exception, 110) => "the bus is stuck",
        _ => exception.Message.TrimEnd('.'),
    };

    private static bool HasError(Exception exception, int number) =>
        exception.Message.Contains($"Error {number}.", StringComparison.Ordinal) || exception.Message.Contains($"Error {number} ", StringComparison.Ordinal);
}
