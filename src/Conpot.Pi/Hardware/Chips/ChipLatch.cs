using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>Where the scan and a bus's thread meet for one chip: readings one way, wanted outputs the other. Nobody waits inside.</summary>
internal sealed class ChipLatch
{
    private readonly Lock _gate = new();
    private readonly ChipPoint[] _inputs;
    private readonly ChipPoint[] _outputs;
    private readonly uint[] _readings;
    private readonly bool[] _read;
    private readonly int[] _wanted;
    private bool _known;
    private bool _changed;
    private bool _safe;

    public ChipLatch(ChipPoint[] inputs, ChipPoint[] outputs)
    {
        (_inputs, _outputs) = (inputs, outputs);
        _readings = new uint[inputs.Length];
        _read = new bool[inputs.Length];
        _wanted = new int[outputs.Length];
        _wanted.AsSpan().Fill(Chip.Held);
        _known = outputs.Length == 0;
    }

    /// <summary>Whether the first scan has said what the outputs are: before that a chip is left as it is, so that a restart makes no lamp blink.</summary>
    public bool IsKnown
    {
        get
        {
            lock (_gate)
                return _known;
        }
    }

    public bool IsChanged
    {
        get
        {
            lock (_gate)
                return _changed;
        }
    }

    /// <summary>The scan's first half. Before its first reading an input is left as it is: no slow sensor is to look like an empty tank.</summary>
    public void ReadInputs(ProcessImage image)
    {
        lock (_gate)
        {
            for (var i = 0; i < _inputs.Length; i++)
            {
                if (_read[i])
                    image.Write(_inputs[i].Address, _readings[i]);
            }
        }
    }

    /// <summary>The scan's other half; true when the bus has something to put out.</summary>
    public bool WriteOutputs(ProcessImage image, OperatingMode mode, Address? forced = null)
    {
        lock (_gate)
        {
            if (_outputs.Length == 0 || _safe)
                return false;
            var changed = !_known;
            for (var i = 0; i < _outputs.Length; i++)
            {
                var point = _outputs[i];
                var value = mode == OperatingMode.Run || point.Safe is not { } safe || point.Address == forced
                    ? point.Decode(image.Read(point.Address))
                    : safe.Value ?? _wanted[i];
                changed |= value != _wanted[i];
                _wanted[i] = value;
            }
            _known = true;
            _changed |= changed;
            return changed;
        }
    }

    /// <summary>The safe states take the outputs' place for good.</summary>
    public void MakeSafe()
    {
        lock (_gate)
        {
            // With no scan yet nothing was put out; what is to hold then stays as the chip has it.
            var touched = _known;
            for (var i = 0; i < _outputs.Length; i++)
            {
                if (_outputs[i].Safe == SafeOutput.Hold)
                    continue;
                _wanted[i] = _outputs[i].Safe?.Value ?? 0;
                touched = true;
            }
            _safe = true;
            _known = touched;
            _changed |= touched && _outputs.Length > 0;
        }
    }

    /// <summary>Takes what the outputs are to be.</summary>
    public void Take(Span<int> wanted)
    {
        lock (_gate)
        {
            _wanted.CopyTo(wanted);
            _changed = false;
        }
    }

    /// <summary>Readings as the chip gave them, NaN for none; true when the image will change.</summary>
    public bool Publish(ReadOnlySpan<double> readings)
    {
        var changed = false;
        lock (_gate)
        {
            for (var i = 0; i < _readings.Length; i++)
            {
                if (!double.IsNaN(readings[i]))
                    changed |= Set(i, _inputs[i].Encode(readings[i]));
            }
        }
        return changed;
    }

    /// <summary>The chip is away: some inputs read 0 then. True when the image will change.</summary>
    public bool Lose()
    {
        var changed = false;
        lock (_gate)
        {
            for (var i = 0; i < _readings.Length; i++)
            {
                if (_inputs[i].ZeroOnFault)
                    changed |= Set(i, 0);
            }
        }
        return changed;
    }

    private bool Set(int index, uint value)
    {
        var changed = !_read[index] || _readings[index] != value;
        (_readings[index], _read[index]) = (value, true);
        return changed;
    }
}
