using Conpot.Pi.Hardware;
using Conpot.Pi.Hardware.Chips;
using Conpot.Pi.Hosting;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether what [io] and [panel] name is there and may be used: pins, PWM, and the buses of chips.</summary>
internal sealed class WiringCheck() : Inspection("inputs-outputs")
{
    private const FileAccess Both = FileAccess.ReadWrite;

    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.Status is { } status)
        {
            // It has them open, and knows best.
            var faults = status.Items("faults").Select(f => PlainText.Of(f.ToString())).ToList();
            foreach (var fault in faults) yield return Finding.Failure(fault);
            if (faults.Count == 0) yield return patient.Plan is { } running && IsWired(running) ? Finding.Ok("the sensor reaches all that is wired") : Finding.Skipped("nothing is wired");
            yield break;
        }
        if (patient.Plan is not { } plan)
        {
            yield return Finding.Skipped("what is wired is not known without valid settings");
            yield break;
        }
        if (!IsWired(plan)) yield return Finding.Skipped("nothing is wired: [io] and [panel] name no pin and no chip");
        if (plan.Io.Families.OfType<GpioLines>().Any(f => f.Pins.Any()) || !plan.Panel.IsEmpty) yield return Pins(patient.Machine, plan);
        if (plan.Io.Families.OfType<PwmLines>().Any(f => f.Pins.Any())) yield return Pwm(patient.Machine);
        foreach (var bus in plan.Io.Families.OfType<ChipLines>().SelectMany(f => f.Buses)) yield return Chips(patient.Machine, bus);
    }

    private static bool IsWired(SensorPlan plan) => plan.Io.Points.Any() || !plan.Panel.IsEmpty;

    private static Finding Pins(MachineFiles machine, SensorPlan plan)
    {
        try
        {
            CharacterDriver.Open(machine.Root, plan.GpioChip).Dispose();
            return Finding.Ok("the chip of the header's pins may be used");
        }
        catch (IOException e)
        {
            return Finding.Failure(e.Message);
        }
    }

    private static Finding Pwm(MachineFiles machine) => machine.Names("sys/class/pwm", "pwmchip*") is { Count: > 0 } chips
        ? Finding.Ok($"PWM: {string.Join(", ", chips)}")
        : Finding.Failure("there is no PWM; write dtoverlay=pwm,pin=18,func=2 into /boot/firmware/config.txt and restart ('conpot-pi io list' shows what there is)");

    private static Finding Chips(MachineFiles machine, BusId bus)
    {
        try
        {
            if (bus.Kind == BusKind.OneWire)
            {
                return machine.Exists(bus.Device[1..]) ? Finding.Ok($"{bus} is there") : throw new FileNotFoundException();
            }
            // One file for each chip select of SPI.
            var devices = machine.Names("dev", Path.GetFileName(bus.Device));
            if (devices.Count == 0) throw new FileNotFoundException();
            foreach (var device in devices) File.OpenHandle(Path.Join(machine.Root, "dev", device), FileMode.Open, Both, FileShare.ReadWrite).Dispose();
            return Finding.Ok($"{bus} may be used");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Failure(BusTrouble.OfBus(bus, e));
        }
    }
}
