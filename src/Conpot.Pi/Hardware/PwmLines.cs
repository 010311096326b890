using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware;

/// <summary>Analog outputs as pulse width on the header's PWM pins: "AQW0" = "pwm 18 1kHz".</summary>
internal sealed class PwmLines : ILineFamily
{
    private readonly List<(Address Address, PwmLine Line)> _lines = [];

    public IReadOnlyList<string> Words { get; } = ["pwm"];

    public IEnumerable<PinUse> Pins => _lines.Select(l => new PinUse(l.Line.Bcm, l.Address.ToString()));

    public IEnumerable<IoPoint> Points => _lines.Select(l => new IoPoint(l.Address, $"{HeaderPins.Describe(l.Line.Bcm)} (PWM)"));

    public bool TryAdd(AddressRange target, string text, out string problem)
    {
        if (target.Area != Area.AQ)
            problem = $"pwm shows an analog output, and {target} is none; write AQW0 to AQW62 on the left";
        else if (target.Count > 1)
            problem = $"a pwm pin shows one word, and {target} are {target.Count}; write a line of its own for each";
        else if (PwmText.TryParse(text, out var line, out problem) && !Shares(line!, out problem))
            _lines.Add((target.First, line!));
        return problem.Length == 0;
    }

    public ILineFamily Only(Address address)
    {
        var only = new PwmLines();
        only._lines.AddRange(_lines.Where(l => l.Address == address));
        return only;
    }

    public IIoSource Open(HardwareHost host) => new Source(_lines, host);

    /// <summary>12 and 18, and 13 and 19, are one channel before the Pi 5.</summary>
    private bool Shares(PwmLine line, out string problem)
    {
        var same = _lines.FirstOrDefault(l => line.Chip is not null && (l.Line.Chip, l.Line.Channel) == (line.Chip, line.Channel));
        if (same.Line is not null)
        {
            problem = $"chip {line.Chip} channel {line.Channel} is that of GPIO{same.Line.Bcm} ({same.Address}) already; name another channel";
            return true;
        }
        var other = _lines.FirstOrDefault(l => line.Chip is null && l.Line.Chip is null && l.Line.Bcm != line.Bcm && l.Line.Bcm % 2 == line.Bcm % 2);
        problem = other.Line is null ? "" : $"GPIO{line.Bcm} and GPIO{other.Line.Bcm} ({other.Address}) are one PWM channel before the Pi 5; take {(line.Bcm % 2 == 0 ? "13 or 19" : "12 or 18")}, or on a Pi 5 name chip and channel of both";
        return other.Line is not null;
    }

    /// <summary>The channels at work. A write is one to a file of sysfs, which sets a register of the processor.</summary>
    private sealed class Source : IIoSource
    {
        private readonly Output[] _outputs;
        private readonly HardwareHost _host;
        private readonly Lock _gate = new();
        private readonly ITimer _retryTimer;
        private TimeSpan _retry = LineBoard.FirstRetry;
        private bool _disposed;

        public Source(IEnumerable<(Address Address, PwmLine Line)> lines, HardwareHost host)
        {
            _host = host;
            _outputs = [.. lines.Select(l => new Output(l.Address, l.Line))];
            _retryTimer = host.Time.CreateTimer(_ => OpenMissing(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            OpenMissing();
        }

        public void ReadInputs(ProcessImage image)
        {
            // There are none.
        }

        public void WriteOutputs(ProcessImage image, OperatingMode mode, Address? forced)
        {
            foreach (var output in _outputs)
            {
                if (mode == OperatingMode.Run || output.Line.Safe is not { } safe || output.Address == forced) Show(output, (short)image.ReadWord(output.Address.Area, output.Address.Offset));
                else if (safe.Value is { } value) Show(output, value);
            }
        }

        public void MakeSafe()
        {
            foreach (var output in _outputs)
                if (output.Line.Safe != SafeOutput.Hold) Show(output, output.Line.Safe?.Value ?? 0);
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _disposed = true;
                _retryTimer.Dispose();
                foreach (var output in _outputs) output.Channel?.Dispose();
            }
        }

        private void Show(Output output, int value)
        {
            var high = output.Line.HighNanoseconds(value);
            lock (_gate)
            {
                if (output.High == high) return;
                output.High = high;
                try
                {
                    output.Channel?.Write(high);
                }
                catch (IOException e)
                {
                    output.Channel?.Dispose();
                    output.Channel = null;
                    Fault(output, $"{e.Message}; it is tried again");
                    _retryTimer.Change(_retry, Timeout.InfiniteTimeSpan);
                }
            }
        }

        private void OpenMissing()
        {
            lock (_gate)
            {
                if (_disposed) return;
                foreach (var output in _outputs.Where(o => o.Channel is null))
                {
                    try
                    {
                        output.Channel = PwmChannel.Open(_host.Root, output.Line, output.High);
                        Fault(output, null);
                    }
                    catch (IOException e)
                    {
                        Fault(output, e.Message);
                    }
                }
                if (Array.TrueForAll(_outputs, o => o.Channel is not null))
                {
                    _retry = LineBoard.FirstRetry;
                    return;
                }
                _retryTimer.Change(_retry, Timeout.InfiniteTimeSpan);
                _retry = _retry * 2 < LineBoard.LongestRetry ? _retry * 2 : LineBoard.LongestRetry;
            }
        }

        private void Fault(Output output, string? problem)
        {
            if (output.Faulty == problem is not null) return;
            output.Faulty = problem is not null;
            _host.Tell($"pwm {output.Line.Bcm}", problem);
        }

        private sealed class Output(Address address, PwmLine line)
        {
            public Address Address => address;

            public PwmLine Line => line;

            public PwmChannel? Channel { get; set; }

            public long High { get; set; } = line.HighNanoseconds(0);

            public bool Faulty { get; set; }
        }
    }
}
