namespace Conpot.Pi.Plc;

/// <summary>The real hardware behind the process image, as the scan sees it.</summary>
/// <remarks>
/// Called under the image's lock in every scan, so it never waits for a bus: it hands over what its own threads have fetched, and leaves with them
/// what they are to put out. It must not throw.
/// </remarks>
internal interface IIoModule
{
    /// <summary>Before the program: writes the inputs it owns, over whatever the network wrote there.</summary>
    void ReadInputs(ProcessImage image);

    /// <summary>After the program, with the outputs as the image holds them then; in STOP as the CPU's stop_outputs left them.</summary>
    /// <param name="forced">An output that somebody holds: it shows the image in STOP too, whatever its safe state.</param>
    void WriteOutputs(ProcessImage image, OperatingMode mode, Address? forced = null);
}
