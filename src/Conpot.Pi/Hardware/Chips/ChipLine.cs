using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Conpot.Pi.Plc.Signals;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>One line of [io] that names a chip, read by itself: which chip, and a point for each address on the left.</summary>
internal sealed class ChipLine
{
    private readonly SignalWords _words;
    private readonly AddressRange _target;
    private int _bus;
    private string _channel = "";
    private int _first;
    private double? _range;
    private (double From, double To)? _scale;
    private double? _full;
    private (double From, double To, double Shunt)? _loop;
    private string? _safe;

    private ChipLine(SignalWords words, ChipKind kind, AddressRange target)
    {
        (_words, Kind, _target) = (words, kind, target);
        _bus = kind.Bus == BusKind.I2c ? 1 : 0;
        Template = new ChipPoint(target.First, 0, "") { Every = kind.Every };
    }

    public ChipKind Kind { get; }

    public ChipPlace Place { get; private set; }

    public double? Frequency { get; private set; }

    public List<ChipPoint> Points { get; } = [];

    private ChipPoint Template { get; set; }

    private bool IsOutput => Template.IsOutput;

    public static ChipLine? Read(AddressRange target, string text, out string problem)
    {
        var words = new SignalWords(text, vMemory: 0);
        var kind = Array.Find(ChipKind.All, kind => words.Take(kind.Name));
        if (kind is null)
        {
            problem = $"'{words.Peek}' is not a chip of this version; there are: {string.Join(", ", ChipKind.All.Select(kind => kind.Name))}";
            return null;
        }
        if (!kind.Suits(target))
        {
            problem = $"{kind.Name} cannot be {target}; on the left of its lines stands {kind.Targets}";
            return null;
        }
        var line = new ChipLine(words, kind, target);
        line.ReadPlace();
        while (!words.AtEnd && words.Problem is null)
            line.ReadOption();
        line.Finish();
        problem = words.Problem is null ? "" : $"{words.Problem}; write for example \"{kind.Example}\"";
        return words.Problem is null ? line : null;
    }

    private void ReadPlace()
    {
        var (select, hardware, serial) = (0, 0, "");
        if (Kind.Bus == BusKind.I2c)
            select = _words.Address(Kind);
        else if (Kind.Bus == BusKind.Spi)
            select = _words.Numbered("cs", 3);
        else
            serial = Serial();
        if (Kind.Name == "mcp23s17" && _words.Take("hw"))
            hardware = _words.Whole("hw", 7);
        Place = new ChipPlace(default, select, hardware, serial);
        if (Kind.Use == ChipUse.Expander)
            ReadPins();
        else if (Kind.Name == "bme280")
            ReadQuantity();
        else if (Kind.Channels > 1)
            ReadChannel();
        else if (_target.Count > 1)
            _words.Fail($"{Kind.Name} is one value, and {_target} are {_target.Count}");
    }

    private string Serial()
    {
        var word = _words.Word("the number of the sensor, such as 28-0123456789ab,").ToLowerInvariant();
        if (word.Length != 15 || !word.StartsWith("28-", StringComparison.Ordinal) || !word.Skip(3).All(char.IsAsciiHexDigit))
            _words.Fail($"'{word}' is not the number of a DS18B20, which is 28- and twelve hexadecimal digits (see /sys/bus/w1/devices)");
        return word;
    }

    private void ReadPins()
    {
        var ports = Kind.Channels / Mcp23x.PinsOfPort;
        var port = "";
        if (ports > 1)
        {
            var word = _words.Word("the port, A or B, or a pin such as A3,").ToUpperInvariant();
            if (word is not ['A' or 'B', ..])
            {
                _words.Fail($"'{word}' is neither a port, A or B, nor a pin such as A3");
                return;
            }
            (port, _channel) = (word[..1], word[1..]);
        }
        else if (_words.Peek is [>= '0' and <= '9', ..])
        {
            _channel = _words.Word("a pin");
        }
        var whole = _channel.Length == 0;
        var pin = whole ? 0 : _words.Numbered(_channel, "", Mcp23x.PinsOfPort);
        if (whole && _target.Count != Mcp23x.PinsOfPort)
            _words.Fail($"a port has eight pins, and {_target} {(_target.Count == 1 ? "is one bit" : $"are {_target.Count} bits")}; name the first pin, as in {port}0, or eight bits on the left");
        else if (pin + _target.Count > Mcp23x.PinsOfPort)
            _words.Fail($"{_target} are {_target.Count} bits, more than the port has from {port}{pin} on");
        _first = (port == "B" ? Mcp23x.PinsOfPort : 0) + pin;
        for (var i = 0; i < _target.Count; i++)
            Points.Add(Template with { Address = _target[i], Channel = _first + i, Label = $"{port}{pin + i}" });
    }

    private void ReadQuantity()
    {
        var word = _words.Word("temperature, humidity or pressure").ToLowerInvariant();
        _first = Array.IndexOf(Bme280.Quantities, word);
        if (_first < 0)
            _words.Fail($"'{word}' is none of temperature, humidity, pressure");
        else if (_target.Count > 1)
            _words.Fail($"the {word} is one value, and {_target} are {_target.Count}");
        Points.Add(Template with { Channel = _first, Label = word });
    }

    private void ReadChannel()
    {
        _channel = _words.Word("the channel, such as ch0,").ToLowerInvariant();
        if (Kind.Use == ChipUse.Converter && _channel.Contains('-', StringComparison.Ordinal))
        {
            var code = Kind.Name == "mcp3008" ? Mcp3008Pair(_channel) : Array.IndexOf(Ads1x15.Pairs, _channel);
            if (code < 0)
                _words.Fail($"{Kind.Name} cannot measure {_channel}; it has {(Kind.Name == "mcp3008" ? "ch0-ch1, ch1-ch0, ch2-ch3 and so on" : string.Join(", ", Ads1x15.Pairs))}");
            else if (_target.Count > 1)
                _words.Fail($"{_channel} is one value, and {_target} are {_target.Count}");
            Points.Add(Template with { Channel = code, Label = _channel });
            return;
        }
        _first = _words.Numbered(_channel, "ch", Kind.Channels);
        if (_first + _target.Count > Kind.Channels)
            _words.Fail($"{_target} are {_target.Count} values, more than {Kind.Name} has from ch{_first} on");
        for (var i = 0; i < _target.Count; i++)
            Points.Add(Template with { Address = _target[i], Channel = Code(_first + i), Label = $"ch{_first + i}" });
    }

    /// <summary>The chip's own code for an input against ground.</summary>
    private int Code(int channel) => Kind.Name switch
    {
        "ads1115" or "ads1015" => Ads1x15.AgainstGround + channel,
        "mcp3008" => Mcp3008.SingleEnded + channel,
        _ => channel,
    };

    /// <summary>D2 D1 D0 with SGL/DIFF 0: the number of the positive input, the other of its pair being the negative (table 5-2).</summary>
    private static int Mcp3008Pair(string text) =>
        text.Split('-') is [var plus, var minus] && ChipWords.TryNumbered(plus, "ch", out var p) && ChipWords.TryNumbered(minus, "ch", out var m) && p < 8 && m == (p ^ 1) ? p : -1;

    private void ReadOption()
    {
        var (isConverter, isSensor) = (Kind.Use == ChipUse.Converter, Kind.Use == ChipUse.Sensor);
        var isInput = !IsOutput;
        if (Kind.Bus != BusKind.OneWire && _words.Take("bus"))
            _bus = _words.Whole("bus", Kind.Bus == BusKind.I2c ? 255 : 6);
        else if (Kind.Use == ChipUse.Expander && _words.Take("active-low"))
            Template = Template with { ActiveLow = true };
        else if (Kind.Use == ChipUse.Expander && isInput && _words.Take("pull-up"))
            Template = Template with { PullUp = true };
        else if (isInput && _words.Take("every"))
            Template = Template with { Every = Cadence() };
        else if (isInput && _words.Take("on-fault"))
            Template = Template with { ZeroOnFault = ZeroOnFault() };
        else if (IsOutput && _words.Take("safe"))
            _safe = _words.Word("the safe state").ToLowerInvariant();
        else if (isConverter && _words.Take("range"))
            _range = _words.Unit("V", "4.096V");
        else if (isConverter && _words.Take("from"))
            _scale = _words.Span("V", "0V..3.3V");
        else if (isConverter && _words.Take("full"))
            _full = _words.Unit("V", "3.3V");
        else if (isConverter && _words.Take("bipolar"))
            Template = Template with { Bipolar = true };
        else if (isConverter && _words.Peek.EndsWith("mA", StringComparison.OrdinalIgnoreCase))
            ReadLoop();
        else if (isSensor && (_words.Take("range") || _words.Peek.Contains("..", StringComparison.Ordinal)))
            _scale = _words.Span(SensorUnit, SensorExample);
        else if (Kind.Name == "pca9685" && _words.Peek.EndsWith("Hz", StringComparison.OrdinalIgnoreCase))
            Frequency = Hertz();
        else
            _words.Fail(Unexpected(_words.Peek));
    }

    private void ReadLoop()
    {
        var (from, to) = _words.Span("mA", "4..20mA");
        _words.Expect("shunt");
        _loop = (from, to, _words.Unit("ohm", "150"));
    }

    private TimeSpan Cadence()
    {
        var every = TimeSpan.FromSeconds(_words.Seconds());
        // A DS18B20 takes 750 ms for one conversion, and a BME280 warms itself when it is asked without a rest.
        if (Kind.Use == ChipUse.Sensor && every < Kind.Every)
            _words.Fail($"{Kind.Name} is read once in a second at the most");
        return every;
    }

    private bool ZeroOnFault()
    {
        var zero = _words.Take("zero");
        if (!zero)
            _words.Expect("hold");
        return zero;
    }

    private double Hertz()
    {
        var hertz = _words.Unit("Hz", "1000Hz");
        if (hertz is < Pca9685.LeastFrequency or > Pca9685.MostFrequency)
            _words.Fail($"pca9685 makes {Pca9685.LeastFrequency:0}Hz to {Pca9685.MostFrequency:0}Hz");
        return hertz;
    }

    private string SensorUnit => _first switch { 1 => "%", 2 => "hPa", _ => "C" };

    private string SensorExample => _first switch { 1 => "0..100%", 2 => "950..1050hPa", _ => "0..50C" };

    private string Unexpected(string word)
    {
        string[] all = ["bus", "active-low", "pull-up", "every", "on-fault", "safe", "range", "from", "full", "bipolar"];
        if (all.Contains(word, StringComparer.OrdinalIgnoreCase))
            return $"'{word}' does not go with {Kind.Name} as {(IsOutput ? "an output" : "an input")}";
        return NearestName.Find(word, all) is { } near ? $"'{word}' is not expected here; did you mean '{near}'?" : $"'{word}' is not expected here";
    }

    private void Finish()
    {
        Place = Place with { Bus = new BusId(Kind.Bus, _bus) };
        if (Points.Count == 0)
            Points.Add(Template);
        if (_words.Problem is null && Kind.Use == ChipUse.Converter)
            Template = ChipScale.OfConverter(_words, Kind, Template, new(_range, _scale, _full, _loop));
        else if (Kind.Use == ChipUse.Sensor)
            Template = ChipScale.OfSensor(Template, _first, _scale);
        if (_safe is not null)
            ReadSafe(_safe);
        for (var i = 0; i < Points.Count; i++)
            Points[i] = Template with { Address = Points[i].Address, Channel = Points[i].Channel, Label = Points[i].Label };
    }

    private void ReadSafe(string word)
    {
        if (word == "hold")
            Template = Template with { Safe = SafeOutput.Hold };
        else if (Template.Address.IsBit && word is "on" or "off")
            Template = Template with { Safe = new SafeOutput(word == "on" ? 1 : 0) };
        else if (!Template.Address.IsBit && int.TryParse(word, out var value) && value is >= 0 and <= ChipPoint.FullScale)
            Template = Template with { Safe = new SafeOutput(value) };
        else
            _words.Fail($"'{word}' stands after 'safe' where {(Template.Address.IsBit ? "on, off" : "0 to 32000")} or hold should");
    }
}
