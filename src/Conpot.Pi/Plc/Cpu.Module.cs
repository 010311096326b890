namespace Conpot.Pi.Plc;

/// <content>What the front and the expansion modules tell the CPU.</content>
internal sealed partial class Cpu
{
    /// <summary>Puts real hardware behind the image from the next scan on; null takes it away.</summary>
    /// <param name="touched">
    /// Called under the image's lock whenever somebody other than the scan changed the image: whoever shows outputs to the world makes a scan then.
    /// It must not scan by itself there, nor wait.
    /// </param>
    public void Attach(IIoModule? module, Action? touched)
    {
        using (Image.Hold())
        {
            (_module, _touched) = (module, touched);
            Image.Changed = touched is null ? null : () =>
            {
                if (!_scanning) _touched?.Invoke();
            };
        }
    }

    /// <summary>The mode switch in TERM: the mode stays, and the network may change it (System Manual, "Changing the Operating Mode").</summary>
    public void SwitchToTerm()
    {
        using (Image.Hold())
            _switch = SwitchPosition.Term;
    }

    /// <summary>Non-fatal I/O errors: SF lights, the CPU stays in RUN, and SM tells which module it is (System Manual, "Non-Fatal Errors" and Appendix D).</summary>
    /// <param name="modules">A bit for each of the modules 0 to 6; 0 when all are well.</param>
    public void SetModuleFaults(byte modules)
    {
        using (Image.Hold())
        {
            _faultyModules = modules;
            SpecialMemory.WriteModuleErrors(Image, modules);
        }
    }

    /// <summary>Holds an output against program, network and STOP until it is released with null (System Manual, "Forcing Values").</summary>
    public void Force(Address output, bool? on)
    {
        ModeChange? halt;
        using (Image.Hold())
        {
            _forced = on is { } wanted ? (output, wanted) : null;
            halt = Scan(_time.GetTimestamp());
        }
        Tell(halt);
    }
}
