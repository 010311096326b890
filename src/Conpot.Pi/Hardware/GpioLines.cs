using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware;

/// <summary>The header's own pins as inputs and outputs: "I0.0" = "gpio 17 pull-up active-low debounce 5ms".</summary>
internal sealed class GpioLines : ILineFamily
{
    private readonly List<(Address Address, GpioLine Line)> _lines = [];

    public IReadOnlyList<string> Words { get; } = ["gpio"];

    public IEnumerable<PinUse> Pins => _lines.Select(l => new PinUse(l.Line.Bcm, l.Address.ToString()));

    public IEnumerable<IoPoint> Points => _lines.Select(l => new IoPoint(l.Address, HeaderPins.Describe(l.Line.Bcm)));

    public bool TryAdd(AddressRange target, string text, out string problem)
    {
        if (target.Area is not (Area.I or Area.Q) || target.Width != Width.Bit)
            problem = $"a gpio pin is one input or output bit, and {target} is not; write I0.0 to I15.7 for an input, Q0.0 to Q15.7 for an output{(target.Area == Area.AQ ? ", or \"pwm 18 1kHz\" for an analog output" : "")}";
        else if (target.Count > 1)
            problem = $"a gpio pin is one bit, and {target} are {target.Count}; write a line of its own for each";
        else if (GpioText.TryParse(text, target.Area == Area.I ? LineUse.Input : LineUse.Output, out var line, out problem))
            _lines.Add((target.First, line!));
        return problem.Length == 0;
    }

    public ILineFamily Only(Address address)
    {
        var only = new GpioLines();
        only._lines.AddRange(_lines.Where(l => l.Address == address));
        return only;
    }

    public IIoSource Open(HardwareHost host) => new Source(_lines, host.Board ?? throw new InvalidOperationException("the host has no board"));

    /// <summary>The lines at work; the board takes, watches and gives them back.</summary>
    private sealed class Source : IIoSource
    {
        private readonly (Address Address, BoardLine Line)[] _inputs;
        private readonly (Address Address, BoardLine Line, SafeState? Safe)[] _outputs;

        public Source(IEnumerable<(Address Address, GpioLine Line)> lines, LineBoard board)
        {
            var added = lines.Select(l => (l.Address, Line: board.Add(l.Line.Bcm, l.Line.Options, l.Address.ToString(), value: l.Line.Safe == SafeState.On), l.Line.Safe)).ToArray();
            _inputs = [.. added.Where(l => !l.Line.Options.IsOutput).Select(l => (l.Address, l.Line))];
            _outputs = [.. added.Where(l => l.Line.Options.IsOutput)];
        }

        public void ReadInputs(ProcessImage image)
        {
            foreach (var (address, line) in _inputs) image[address] = line.Read();
        }

        public void WriteOutputs(ProcessImage image, OperatingMode mode, Address? forced)
        {
            foreach (var (address, line, safe) in _outputs)
            {
                if (mode == OperatingMode.Run || safe is null || address == forced) line.Write(image[address]);
                else if (safe != SafeState.Hold) line.Write(safe == SafeState.On);
            }
        }

        public void MakeSafe()
        {
            foreach (var (_, line, safe) in _outputs)
                if (safe != SafeState.Hold) line.Write(safe == SafeState.On);
        }

        public void Dispose()
        {
            // The board gives the lines back.
        }
    }
}
