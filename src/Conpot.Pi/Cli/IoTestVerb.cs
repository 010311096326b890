using System.Device.I2c;
using System.Device.Spi;
using System.Globalization;
using Conpot.Pi.Hardware;
using Conpot.Pi.Hosting.Control;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi io test Q0.0</c>: switches one output on and off, through the running sensor if asked to, else on the hardware itself.</summary>
internal static class IoTestVerb
{
    public static ExitCode Run(CommandLine line, string text)
    {
        var times = OutputTest.Times;
        if (line.Value("--times") is { } wanted && (!int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out times) || times is < 1 or > OutputTest.MostTimes))
        {
            Console.Error.WriteLine($"conpot-pi: '{wanted}' is no number of times; write 1 to {OutputTest.MostTimes} behind --times");
            return ExitCode.Usage;
        }
        if (!OutputTest.TryOutput(text, out var output, out var problem))
        {
            Console.Error.WriteLine($"conpot-pi: {problem}");
            return ExitCode.Usage;
        }
        if (Settings.Control(line) is not { } control) return ExitCode.BadConfig;
        using var client = line.Has("--while-running") ? ControlClient.Connect(control) : ControlClient.TryConnect(control);
        if (client is null) return OnHardware(line, output, times);
        if (line.Has("--while-running")) return ThroughSensor(line, client, output, times);
        throw new ControlException($"the sensor runs and drives {output} itself; add --while-running to switch it through the sensor, or stop that first: sudo systemctl stop conpot-pi");
    }

    private static ExitCode ThroughSensor(CommandLine line, ControlClient client, Address output, int times)
    {
        using var interrupt = Interrupts.Catch(client.Hang);
        client.Send("io-test", json =>
        {
            json.WriteString("address", output.ToString());
            json.WriteNumber("times", times);
        });
        var lines = 0;
        while (client.Read() is { } reply)
        {
            using (reply) Say(line, output, reply.RootElement.Flag("on"));
            lines++;
        }
        if (interrupt.Came || lines == 2 * times) return ExitCode.Ok;
        throw new ControlException("the sensor ended the test before its time; is it stopping?");
    }

    private static ExitCode OnHardware(CommandLine line, Address output, int times)
    {
        if (Settings.Read(line, create: false, out var source) is not { } plan) return ExitCode.BadConfig;
        plan.Cpu.Dispose();
        if (plan.Io.Families.FirstOrDefault(f => f.Points.Any(p => p.Address == output)) is not { } family)
            throw new ControlException($"{output} is wired to nothing in {source.Path ?? "the built-in defaults"}; add a line such as \"{output}\" = \"gpio 27\" to [io]");
        Console.Error.WriteLine($"conpot-pi: no sensor runs, so {output} ({family.Points.First(p => p.Address == output).Where}) is switched on the hardware itself");

        string? fault = null;
        void Tell(string device, string? problem) => Volatile.Write(ref fault, problem is null ? null : $"{device}: {problem}");
        using var stop = new ManualResetEventSlim();
        using var interrupt = Interrupts.Catch(stop.Set);
        using var board = new LineBoard(() => CharacterDriver.Open("/", plan.GpioChip), TimeProvider.System, Tell);
        using var lines = family.Only(output).Open(new HardwareHost
        {
            Time = TimeProvider.System,
            Wake = static () => { },
            Tell = Tell,
            I2c = I2cDevice.Create,
            Spi = SpiDevice.Create,
            Board = board,
        });
        board.Start();
        var image = new ProcessImage();
        try
        {
            for (var i = 0; i < 2 * times && Volatile.Read(ref fault) is null; i++)
            {
                image[output] = i % 2 == 0;
                // As in STOP: the other outputs of a chip stay in their safe states.
                lines.WriteOutputs(image, OperatingMode.Stop, output);
                Say(line, output, image[output]);
                if (stop.Wait(OutputTest.Half)) break;
            }
        }
        finally
        {
            lines.MakeSafe();
        }
        if (Volatile.Read(ref fault) is { } failed) throw new ControlException(failed);
        return ExitCode.Ok;
    }

    private static void Say(CommandLine line, Address output, bool on)
    {
        if (!line.Quiet) Console.Out.WriteLine($"{output} {(on ? "on" : "off")}");
    }
}
