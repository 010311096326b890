namespace Conpot.Pi.Plc;

/// <summary>What makes this sensor an individual: everything that differs between two devices of a kind is derived from it, the same after every restart.</summary>
internal readonly record struct DeviceSeed(ulong Value)
{
    /// <summary>
    /// Years as the date letters of IEC 60062: V = 2007 ... A = 2010 ... F = 2015.
    /// Real serials read year, month, six digits: VPB9502953, VPC3513639, VPXN545808 (recog, snmp_sysdescr.xml); that this is a date is our reading. [G]
    /// </summary>
    private const string Years = "VWXABCDEF";

    /// <summary>From a text that only this device has: its machine-id, or a random text it keeps.</summary>
    public static DeviceSeed From(string text) => new(SplitMix64.Hash(text.Trim()));

    /// <summary>A number for one purpose, independent of those for others.</summary>
    public ulong For(string purpose) => SplitMix64.Hash(purpose, SplitMix64.Mix(Value));

    /// <summary>A stream of numbers for one purpose.</summary>
    public SplitMix64 Stream(string purpose) => new(For(purpose));

    /// <summary>The serial number of a SIMATIC NET module: VP, a letter, seven digits.</summary>
    public string Serial
    {
        get
        {
            var digits = Stream("serial");
            return $"VP{Years[digits.Next(Years.Length)]}{1 + digits.Next(9)}{digits.Next(1_000_000):D6}";
        }
    }

    /// <summary>An interface's hardware address that the settings give, "00:0E:8C:12:34:56"; null for one of the seed's.</summary>
    public string? GivenMac { get; init; }

    /// <summary>Six bytes: 00:0E:8C, Siemens AG A&amp;D ET, and a tail of our own; or what the settings give.</summary>
    public byte[] MacAddress
    {
        get
        {
            if (GivenMac is { } given) return Convert.FromHexString(given.Replace(":", "", StringComparison.Ordinal));
            var tail = For("mac");
            return [0x00, 0x0E, 0x8C, (byte)(tail >> 16), (byte)(tail >> 8), (byte)tail];
        }
    }

    /// <summary>How long before the sensor the device claims to have been switched on: 2 to 60 s, as no two boot alike.</summary>
    public TimeSpan BootJitter => TimeSpan.FromMilliseconds(2000 + Stream("boot").Next(58_000));

    /// <summary>How fast the device's quartz runs, in parts per million: -40 to 40.</summary>
    public double ClockDrift => (Stream("drift").NextDouble() - 0.5) * 80;

    /// <summary>The plant's number of the station, 2 to 39: every protocol says the same.</summary>
    public int StationNumber => 2 + Stream("station").Next(38);

    /// <summary>A text of a profile with this device's own {serial}, {mac} and {number} in it.</summary>
    public string Personalise(string text) => text
        .Replace("{serial}", Serial, StringComparison.Ordinal)
        .Replace("{mac}", MacText, StringComparison.Ordinal)
        .Replace("{number}", StationNumber.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>"00:0E:8C:12:34:56".</summary>
    public string MacText => string.Join(':', MacAddress.Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));
}
