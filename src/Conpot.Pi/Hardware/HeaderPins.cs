namespace Conpot.Pi.Hardware;

/// <summary>One pin of the header.</summary>
/// <param name="Number">1..40, odd ones on the board's inner side.</param>
/// <param name="Bcm">The processor's number, or null for supply and ground.</param>
/// <param name="Label">"3V3", "GND", "GPIO17".</param>
/// <param name="Alternate">What else it is, on the buses that the settings can use.</param>
internal readonly record struct HeaderPin(int Number, int? Bcm, string Label, string Alternate);

/// <summary>The 40-pin header, the same on every Raspberry Pi since the B+ (Raspberry Pi documentation, "GPIO and the 40-pin header").</summary>
internal static class HeaderPins
{
    /// <summary>BCM 0..27.</summary>
    public const int Count = 28;

    /// <summary>Supply and ground are negative: see <see cref="Supply"/>.</summary>
    private const int V3 = -1, V5 = -2, Gnd = -3;

    private static readonly int[] Bcm =
    [
        V3, V5, 2, V5, 3, Gnd, 4, 14, Gnd, 15, 17, 18, 27, Gnd, 22, 23, V3, 24, 10, Gnd,
        9, 25, 11, 8, Gnd, 7, 0, 1, 5, Gnd, 6, 12, 13, Gnd, 19, 16, 26, 20, Gnd, 21,
    ];

    /// <summary>In the order of their numbers.</summary>
    public static readonly IReadOnlyList<HeaderPin> All =
        [.. Bcm.Select((bcm, i) => new HeaderPin(i + 1, bcm < 0 ? null : bcm, bcm < 0 ? Supply(bcm) : $"GPIO{bcm}", bcm < 0 ? "" : Alternate(bcm)))];

    /// <summary>The pin's number on the header, or 0 when the processor's line does not come out there.</summary>
    public static int NumberOf(int bcm) => bcm is >= 0 and < Count ? Array.IndexOf(Bcm, bcm) + 1 : 0;

    public static int? BcmAt(int number) => number is >= 1 and <= 40 ? All[number - 1].Bcm : null;

    /// <summary>"GPIO17, pin 11".</summary>
    public static string Describe(int bcm) => $"GPIO{bcm}, pin {NumberOf(bcm)}";

    /// <summary>Null when a line of the settings may use it.</summary>
    public static string? Refusal(int bcm) => bcm switch
    {
        < 0 or >= Count => $"GPIO{bcm} is not on the header; write one of 2 to 27 ('conpot-pi io wiring' draws them)",
        0 or 1 => $"GPIO{bcm} (pin {NumberOf(bcm)}) belongs to the identification chip of add-on boards; write one of 2 to 27",
        _ => null,
    };

    private static string Supply(int kind) => kind switch
    {
        V3 => "3V3",
        V5 => "5V",
        _ => "GND",
    };

    private static string Alternate(int bcm) => bcm switch
    {
        0 => "ID_SD",
        1 => "ID_SC",
        2 => "I2C1 SDA",
        3 => "I2C1 SCL",
        4 => "1-Wire",
        7 => "SPI0 CE1",
        8 => "SPI0 CE0",
        9 => "SPI0 MISO",
        10 => "SPI0 MOSI",
        11 => "SPI0 SCLK",
        12 => "PWM0",
        13 => "PWM1",
        14 => "UART TXD",
        15 => "UART RXD",
        18 => "PWM0",
        19 => "PWM1",
        _ => "",
    };
}
