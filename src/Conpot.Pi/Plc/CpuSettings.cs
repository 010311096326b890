using Conpot.Pi.Config;

namespace Conpot.Pi.Plc;

/// <summary>What the [plc] section says about the CPU itself.</summary>
internal sealed record CpuSettings(string Model, string OrderNumber, int VMemory, StopOutputs StopOutputs)
{
    /// <summary>CPU 224XP AC/DC/relay: the profile s7-200, and what tests use.</summary>
    public static readonly CpuSettings Default = new("CPU 224XP", "6ES7 214-2BD23-0XB0", MemoryMap.LargestV, StopOutputs.Off);

    /// <summary>Where a screwdriver left the two analog adjustment potentiometers; from the seed, not from the file.</summary>
    public (byte First, byte Second) Potentiometers { get; init; }

    /// <param name="plc">The user's [plc] layered over the profile's.</param>
    public static CpuSettings Read(ConfigSection plc) => new(
        plc.Text("cpu", Default.Model),
        plc.Text("order_number", Default.OrderNumber),
        // 2048 is the CPU 221, 10240 the 224XP: System Manual, "S7-200 Memory Ranges and Features".
        (int)plc.Integer("v_memory", Default.VMemory, 2048, MemoryMap.LargestV),
        plc.Choice("stop_outputs", "off", "off", "hold") == "hold" ? StopOutputs.Hold : StopOutputs.Off);
}
