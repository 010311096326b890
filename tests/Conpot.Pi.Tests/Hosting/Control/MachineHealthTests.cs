using System.Buffers;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Hosting.Control;
using Xunit;

namespace Conpot.Pi.Tests.Hosting.Control;

/// <summary>What the kernel of a Pi shows of temperature and supply, in files as it has them.</summary>
public sealed class MachineHealthTests : IDisposable
{
    private const string Throttled = "sys/devices/platform/soc/soc:firmware/get_throttled";

    private readonly TempDirectory _temp = new();

    [Theory]
    [InlineData("47238\n", "0\n", "{\"temperature_celsius\":47.2,\"under_voltage\":false,\"under_voltage_since_boot\":false}")]
    [InlineData("-1500\n", "50005\n", "{\"temperature_celsius\":-1.5,\"under_voltage\":true,\"under_voltage_since_boot\":true}")]
    [InlineData("85000\n", "0x50000\n", "{\"temperature_celsius\":85,\"under_voltage\":false,\"under_voltage_since_boot\":true}")]
    [InlineData("hot\n", "what\n", "{}")]
    public void Firmware(string temperature, string throttled, string json)
    {
        Write("sys/class/thermal/thermal_zone0/temp", temperature);
        Write(Throttled, throttled);
        Assert.Equal(json, Json());
    }

    [Theory]
    [InlineData("0\n", false)]
    [InlineData("1\n", true)]
    public void Monitor_of_newer_kernels(string alarm, bool weak)
    {
        Write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
        Write("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1\n");
        Write("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
        Write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm);
        Assert.Equal((weak, weak), new MachineHealth(_temp.Path).UnderVoltage);
    }

    [Fact]
    public void A_machine_that_is_no_Pi_says_nothing() => Assert.Equal("{}", Json());

    public void Dispose() => _temp.Dispose();

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_temp[path])!);
        File.WriteAllText(_temp[path], text);
    }

    private string Json()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            new MachineHealth(_temp.Path).Write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
